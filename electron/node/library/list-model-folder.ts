import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { ioFailure } from './open-regular-file'

export interface FolderFile {
  /** Relative to the folder, with `/`. */
  readonly path: string
  readonly bytes: number
}

export interface FolderListing {
  readonly files: readonly FolderFile[]
  /** Links that lead nowhere: a Hugging Face cache whose blob was removed. */
  readonly broken: readonly string[]
  readonly warnings: readonly string[]
}

const MAX_FILES = 5_000
/** Model folders keep weights at the top or one level down (`original/`, one folder per quantisation). */
const MAX_DEPTH = 1

/** Regular files of a model folder and of its direct subfolders, sorted; hidden ones left out, links followed. */
export function listModelFolder(root: string): Result<FolderListing> {
  const files: FolderFile[] = []
  const broken: string[] = []
  let skipped = 0
  const visitFolder = (folder: string, depth: number): void => {
    for (const name of folderNames(join(root, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`
      const stats = statSync(join(root, path), { throwIfNoEntry: false })
      if (stats === undefined) broken.push(path)
      else if (stats.isDirectory() && depth < MAX_DEPTH) visitFolder(path, depth + 1)
      else if (stats.isFile() && files.length < MAX_FILES) files.push({ path, bytes: stats.size })
      else if (stats.isFile()) skipped += 1
    }
  }
  try {
    visitFolder('', 0)
  } catch (error) {
    return ioFailure(error, root)
  }
  const warnings =
    skipped === 0 ? [] : [`This folder holds more than ${MAX_FILES} files; ${skipped} were not looked at.`]
  return ok({ files, broken, warnings })
}

function folderNames(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry: Dirent) =>
        !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory() || entry.isSymbolicLink()),
    )
    .map((entry) => entry.name)
    .sort()
}
