import { ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { type Inspector } from '../library/inspector'
import { type RegistryService } from '../registry/registry-service'
import { entryIn } from './find-entry'
import { planRemoval, removeEntries } from './remove-entries'

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
 * Takes one entry out of every file of the registry (after a backup; it can be undone). Its model files are deleted only
 * when the person asked for it and typed the name; which ones, `planRemoval` says. Errors: BAD_REQUEST, UNKNOWN_MODEL,
 * those of the registry.
 */
export async function removeEntry(
  registry: RegistryService,
  inspector: Inspector,
  request: RemoveRequest,
): Promise<Result<Removal>> {
  const snapshot = await registry.load()
  if (!snapshot.ok) return snapshot
  const { entries } = snapshot.value
  const entry = entryIn(entries, request.id)
  if (!entry.ok) return entry
  const allowed = request.deleteFiles ? mayDelete(entry.value, entries, request.confirmName) : ok(undefined)
  if (!allowed.ok) return allowed
  const plan = await planRemoval(entries, [entry.value], { withFiles: request.deleteFiles, inspector })
  const done = await removeEntries(registry, plan)
  if (!done.ok) return done
  const { deleted, failed, backup } = done.value
  const kept = [...plan.notes, ...failed]
  return ok({ removed: entry.value.name, deleted, kept, ...(backup !== undefined && { backup }) })
}

function mayDelete(
  entry: RegistryEntry,
  all: readonly RegistryEntry[],
  confirmName: string | undefined,
): Result<undefined> {
  if (confirmName !== entry.name) {
    return fail('BAD_REQUEST', 'The name that was typed is not the name of the model.', {
      hint: 'Nothing was removed. Type the name exactly, or keep the files.',
    })
  }
  const path = ownValue(entry.value, 'download_path')
  const other = all.find((one) => one.id !== entry.id && ownValue(one.value, 'download_path') === path)
  if (other === undefined) return ok(undefined)
  return fail('BAD_REQUEST', `"${other.name}" uses the same files.`, {
    hint: 'Nothing was removed. Remove this entry and keep the files.',
  })
}
