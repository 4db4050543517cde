import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { readError } from '../files/file-error'
import { describeKind } from './open-regular-file'

export interface FolderFile {
  /** Relative to the folder, with `/`. */
  readonly path: string
  readonly bytes: number
}

export interface FolderListing {
  readonly files: readonly FolderFile[]
  /** Entries that cannot be looked at, with the reason: a link whose target was removed, a locked subfolder,
   * a pipe under the name of a file. */
  readonly broken: readonly string[]
  readonly warnings: readonly string[]
}

const MAX_FILES = 5_000
/** Model folders keep weights at the top or one level down (`original/`, one folder per quantisation). */
const MAX_DEPTH = 1

/** A folder under this name hides the model: nothing in it is the config. */
const CONFIG_FILE = 'config.json'

/**
 * Regular files of a model folder and of its direct subfolders, sorted; hidden ones left out. Links to files are
 * followed (Hugging Face caches consist of them), links to folders are not: they can lead anywhere, or round in circles.
 */
export function listModelFolder(root: string): Result<FolderListing> {
  const walk: Walk = { root, files: [], broken: [], skipped: 0 }
  try {
    visitFolder(walk, '', 0)
  } catch (error) {
    return readError(error, root)
  }
  const { files, broken, skipped } = walk
  // The answer is in the order of names, whatever was looked at first.
  files.sort((left, right) => (left.path < right.path ? -1 : 1))
  const warnings =
    skipped === 0 ? [] : [`This folder holds more than ${MAX_FILES} files; ${skipped} were not looked at.`]
  return ok({ files, broken, warnings })
}

interface Walk {
  readonly root: string
  readonly files: FolderFile[]
  readonly broken: string[]
  skipped: number
}

function visitFolder(walk: Walk, folder: string, depth: number): void {
  const entries = readdirSync(join(walk.root, folder), { withFileTypes: true }).filter(
    (entry) => !entry.name.startsWith('.'),
  )
  for (const entry of entries.sort(inOrder)) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (walk.files.length >= MAX_FILES) walk.skipped += 1
    else visitEntry(walk, { entry, path, depth })
  }
}

/** What a model consists of comes first, so that thousands of pictures or logs beside it do not crowd it out. */
const MODEL_FILE = /\.(?:json|safetensors|gguf|bin|pth?|gptq_metadata|ya?ml)$|^readme\.md$/i

function inOrder(left: Dirent, right: Dirent): number {
  const first = Number(MODEL_FILE.test(right.name)) - Number(MODEL_FILE.test(left.name))
  return first === 0 ? (left.name < right.name ? -1 : 1) : first
}

function visitEntry(
  walk: Walk,
  { entry, path, depth }: { readonly entry: Dirent; readonly path: string; readonly depth: number },
): void {
  try {
    const stats = statSync(join(walk.root, path))
    if (stats.isFile()) walk.files.push({ path, bytes: stats.size })
    else if (!stats.isDirectory()) walk.broken.push(`${path}: ${describeKind(stats)}`)
    else if (entry.name === CONFIG_FILE) walk.broken.push(`${path}: ${describeKind(stats)}`)
    else if (!entry.isSymbolicLink() && depth < MAX_DEPTH) visitFolder(walk, path, depth + 1)
  } catch (error) {
    // One unreadable entry must not hide the others; it is named in a warning.
    const failure = readError(error, path)
    walk.broken.push(`${path}: ${failure.error.message}`)
  }
}
