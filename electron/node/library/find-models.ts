import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { parseShardName, shardFileName } from '#shared/library/detect-format'
import { readError } from '../files/file-error'
import { isProjectorName } from './inspect-gguf'

export interface FoundModels {
  /** Files or folders to inspect, in order. */
  readonly paths: readonly string[]
  /** Folders that could not be read, or that lie beyond the bounds. */
  readonly skipped: number
}

export const scanLimits = { depth: 6, folders: 20_000, models: 2_000 }

/**
 * Models under a folder: a folder with a config and weights, a GGUF file, the first that is there of a set of GGUF shards,
 * or a folder with one GGUF and its projector. Hidden folders and links to folders are left out: links can lead round in circles.
 * Error: the fault of reading the folder itself; faults further down are counted.
 */
export async function findModels(
  root: string,
  { signal, limits = scanLimits }: { readonly signal?: AbortSignal; readonly limits?: typeof scanLimits } = {},
): Promise<Result<FoundModels>> {
  const paths: string[] = []
  let skipped = 0
  let seen = 0
  let pending = [{ folder: root, depth: 0 }]
  while (pending.length > 0 && signal?.aborted !== true) {
    const next: typeof pending = []
    for (const { folder, depth } of pending) {
      seen += 1
      if (seen > limits.folders || paths.length >= limits.models) {
        skipped += 1
        continue
      }
      const entries = await list(folder)
      if (!entries.ok) {
        if (folder === root) return entries
        skipped += 1
        continue
      }
      const found = modelsIn(folder, entries.value)
      paths.push(...found.paths)
      if (!found.isModelFolder)
        next.push(...subfolders(folder, entries.value).map((name) => ({ folder: name, depth: depth + 1 })))
    }
    skipped += next.filter(({ depth }) => depth > limits.depth).length
    pending = next.filter(({ depth }) => depth <= limits.depth)
  }
  return ok({ paths: paths.slice(0, limits.models), skipped })
}

async function list(folder: string): Promise<Result<Dirent[]>> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return ok(entries.toSorted((left, right) => (left.name < right.name ? -1 : 1)))
  } catch (error) {
    return readError(error, folder)
  }
}

function subfolders(folder: string, entries: readonly Dirent[]): string[] {
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name))
}

function modelsIn(folder: string, entries: readonly Dirent[]): { paths: string[]; isModelFolder: boolean } {
  // Hugging Face caches consist of links to files.
  const names = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map(({ name }) => name)
  const ggufs = names.filter((name) => /\.gguf$/i.test(name))
  const models = firstOfEachSet(ggufs.filter((name) => !isProjectorName(name)))
  if (models.length > 0) {
    const hasProjector = ggufs.some(isProjectorName)
    const paths = models.length === 1 && hasProjector ? [folder] : models.map((name) => join(folder, name))
    return { paths, isModelFolder: false }
  }
  const hasWeights = names.some((name) => /\.(?:safetensors|bin|pt|pth)$/i.test(name))
  const isModelFolder = hasWeights && names.includes('config.json')
  return { paths: isModelFolder ? [folder] : [], isModelFolder }
}

/** One name for each split model; a set without its first part is found too, so that it is named as incomplete. */
function firstOfEachSet(sortedNames: readonly string[]): string[] {
  const sets = new Set<string>()
  return sortedNames.filter((name) => {
    if (parseShardName(name) === undefined) return true
    const set = shardFileName(name, 0)
    const isFirst = !sets.has(set)
    sets.add(set)
    return isFirst
  })
}

/** A name for the entry of a found model: that of its file or folder, or of the repository in a Hugging Face cache. */
export function nameOfFound(path: string): string {
  const repository = /models--[^/\\]+--([^/\\]+)[/\\]snapshots[/\\]/.exec(`${path}/`)?.[1]
  if (repository !== undefined) return repository
  const own = basename(path).replace(/(?:-00001-of-\d{5})?\.gguf$/i, '')
  return own === '' ? basename(dirname(path)) : own
}
