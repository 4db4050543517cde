import { lstat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { ok, type Result } from '#shared/domain/result'
import { downloadFilesOf, folderOf, inFolder } from '../downloads/entry-files'
import { systemCode } from '../files/file-error'
import { removeFile } from '../files/replace-file'
import { type Inspector } from '../library/inspector'
import { type RegistryService } from '../registry/registry-service'
import { deletableFiles, listModelFiles } from './model-files'
import { isNeededElsewhere, outsideOf, placesOf } from './needed-files'

export interface RemovePlan {
  readonly names: readonly string[]
  /** Absolute paths of files that go too; empty unless asked for. */
  readonly files: readonly string[]
  readonly bytes: number
  /** Why files of an entry stay. */
  readonly notes: readonly string[]
}

export interface RemoveOptions {
  readonly withFiles: boolean
  /** Tells which files make up a model whose entry lists none. */
  readonly inspector: Inspector
}

/**
 * What a removal would take. Files: those that the entry lists, or without a list those that make up its model; never one
 * that another entry may need, or one behind a link out of the model's folder.
 */
export async function planRemoval(
  all: readonly RegistryEntry[],
  chosen: readonly RegistryEntry[],
  { withFiles, inspector }: RemoveOptions,
): Promise<RemovePlan> {
  const names = chosen.map(({ id }) => id)
  if (!withFiles) return { names, files: [], bytes: 0, notes: [] }
  const staying = all.filter(({ id }) => !names.includes(id))
  const kept = new Set((await Promise.all(staying.map(listedFiles))).flat())
  // An entry that lists its files is judged by its list; of the others all that may be theirs stays.
  const places = placesOf(staying.filter((entry) => downloadFilesOf(entry).length === 0))
  const files: string[] = []
  const notes: string[] = []
  let bytes = 0
  for (const entry of chosen) {
    const folder = (await folderOf(entry)) ?? ''
    const own = ownValue(entry.value, 'download_path')
    for (const file of await ownFiles(entry, inspector)) {
      const isNeeded = kept.has(file) || isNeededElsewhere(file, resolve(String(own)), places)
      const outside = isNeeded ? undefined : await outsideOf(folder, file)
      const size = isNeeded || outside !== undefined ? undefined : await sizeOf(file)
      if (isNeeded) notes.push(`${file} stays: another entry may need it.`)
      else if (outside !== undefined) notes.push(`${file} stays: ${outside}.`)
      if (size === undefined || files.includes(file)) continue
      files.push(file)
      bytes += size
    }
  }
  return { names, files, bytes, notes }
}

export interface Removed {
  readonly backup?: string
  readonly deleted: number
  /** Files that could not be deleted, with the reason. */
  readonly failed: readonly string[]
}

/** Takes entries out of every file of the registry, then their files. Errors: those of the registry. */
export async function removeEntries(registry: RegistryService, plan: RemovePlan): Promise<Result<Removed>> {
  const changed = await registry.change({
    description: `remove ${plan.names.join(', ')}`,
    backup: true,
    plan: () => ok([]),
    remove: (entries) => ok(plan.names.filter((name) => entries.some(({ id }) => id === name))),
  })
  if (!changed.ok) return changed
  const failed: string[] = []
  for (const file of plan.files) {
    const removed = await removeFile(file)
    if (!removed.ok && removed.error.code !== 'NOT_FOUND') failed.push(`${file}: ${removed.error.message}`)
  }
  const { backup } = changed.value
  return ok({ deleted: plan.files.length - failed.length, failed, ...(backup !== undefined && { backup }) })
}

async function ownFiles(entry: RegistryEntry, inspector: Inspector): Promise<readonly string[]> {
  if (downloadFilesOf(entry).length > 0) return listedFiles(entry)
  const [folder, found] = [await folderOf(entry), await listModelFiles(entry, inspector)]
  if (folder === undefined || !found.ok) return []
  return deletableFiles(found.value.files).map((file) => resolve(inFolder(folder, file.path)))
}

async function listedFiles(entry: RegistryEntry): Promise<readonly string[]> {
  const folder = await folderOf(entry)
  if (folder === undefined) return []
  const root = resolve(folder) + sep
  return downloadFilesOf(entry)
    .map((path) => resolve(inFolder(folder, path)))
    .filter((path) => path.startsWith(root))
}

/** Of a regular file; a link is left alone, since what it leads to may belong to others. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stats = await lstat(path)
    return stats.isFile() ? stats.size : undefined
  } catch (error) {
    if (systemCode(error) !== undefined) return undefined
    throw error
  }
}
