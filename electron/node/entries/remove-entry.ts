import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { removeFile } from '../files/replace-file'
import { type Inspector } from '../library/inspector'
import { type RegistryService } from '../registry/registry-service'
import { entryIn, loadEntry } from './find-entry'
import { deletableFiles, listModelFiles, type ModelFiles } from './model-files'
import { isNeededElsewhere, outsideOf, placesOf } from './needed-files'

export interface RemoveRequest {
  readonly id: string
  readonly deleteFiles: boolean
  /** The entry's name as typed by the person; needed to delete files. */
  readonly confirmName?: string
}

export interface Removal {
  readonly removed: string
  readonly deleted: number
  readonly kept: readonly string[]
  readonly backup?: string
}

/**
 * Takes an entry out of every file of the registry (after a backup; it can be undone). Its model files are deleted only
 * when the person asked for it and typed the name, only those that make up the model, and none that another entry may
 * need. Errors: BAD_REQUEST, UNKNOWN_MODEL, those of the registry.
 */
export async function removeEntry(
  registry: RegistryService,
  inspector: Inspector,
  request: RemoveRequest,
): Promise<Result<Removal>> {
  const snapshot = await registry.load()
  if (!snapshot.ok) return snapshot
  const entry = entryIn(snapshot.value.entries, request.id)
  if (!entry.ok) return entry
  const files = request.deleteFiles
    ? await filesToDelete(entry.value, { request, inspector, all: snapshot.value.entries })
    : ok(undefined)
  if (!files.ok) return files
  const removed = await registry.change({
    description: `remove ${request.id}`,
    backup: true,
    plan: () => ok([]),
    remove: (entries) => {
      const found = entryIn(entries, request.id)
      return found.ok ? ok([request.id]) : found
    },
  })
  if (!removed.ok) return removed
  const others = placesOf(snapshot.value.entries.filter(({ id }) => id !== entry.value.id))
  const deleted = files.value === undefined ? { deleted: 0, kept: [] } : await deleteAll(files.value, others)
  const { backup } = removed.value
  return ok({ removed: entry.value.name, ...deleted, ...(backup !== undefined && { backup }) })
}

/** Files and bytes that a removal would delete, for the question. */
export async function deletableOf(
  registry: RegistryService,
  inspector: Inspector,
  id: string,
): Promise<Result<ModelFiles>> {
  const entry = await loadEntry(registry, id)
  return entry.ok ? listModelFiles(entry.value, inspector) : entry
}

interface DeleteContext {
  readonly request: RemoveRequest
  readonly inspector: Inspector
  readonly all: readonly RegistryEntry[]
}

async function filesToDelete(
  entry: RegistryEntry,
  { request, inspector, all }: DeleteContext,
): Promise<Result<ModelFiles>> {
  if (request.confirmName !== entry.name) {
    return fail('BAD_REQUEST', 'The name that was typed is not the name of the model.', {
      hint: 'Nothing was removed. Type the name exactly, or keep the files.',
    })
  }
  const files = await listModelFiles(entry, inspector)
  if (!files.ok) return files
  const path = ownValue(entry.value, 'download_path')
  const other = all.find((one) => one.id !== entry.id && ownValue(one.value, 'download_path') === path)
  if (other !== undefined) {
    return fail('BAD_REQUEST', `"${other.name}" uses the same files.`, {
      hint: 'Nothing was removed. Remove this entry and keep the files.',
    })
  }
  return files
}

async function deleteAll(
  { path, files }: ModelFiles,
  others: readonly string[],
): Promise<{ deleted: number; kept: readonly string[] }> {
  const kept: string[] = []
  let deleted = 0
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false, // gone meanwhile: nothing to delete
  )
  const root = resolve(isFolder ? path : dirname(path))
  for (const file of deletableFiles(files)) {
    const target = join(root, file.path)
    const isShared = isNeededElsewhere(target, resolve(path), others)
    const reason = isShared ? 'another entry may need it' : await outsideOf(root, target)
    const done = reason === undefined ? await removeFile(target) : fail('FORBIDDEN', reason)
    if (done.ok) deleted += 1
    else kept.push(`${file.path}: ${done.error.message}`)
  }
  return { deleted, kept }
}
