import { type RegistryEntry } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { type RegistryService } from '../registry/registry-service'

/** The entry as the files say it now. UNKNOWN_MODEL when another program took it out. */
export async function loadEntry(registry: RegistryService, id: string): Promise<Result<RegistryEntry>> {
  const snapshot = await registry.load()
  return snapshot.ok ? entryIn(snapshot.value.entries, id) : snapshot
}

export function entryIn(entries: readonly RegistryEntry[], id: string): Result<RegistryEntry> {
  const entry = entries.find((candidate) => candidate.id === id)
  if (entry !== undefined) return ok(entry)
  return fail('UNKNOWN_MODEL', 'The registry has no such model (any more).', { hint: 'Press F5 to read it again.' })
}
