import { type RegistryEntry } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { type MigrateReport, type ModelOutcome } from '#shared/ipc/contract'

export function totalsOf(results: readonly ModelOutcome[]): MigrateReport['totals'] {
  const totals = { added: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0 }
  for (const result of results) totals[result.status] += 1
  return totals
}

/** Entries asked for, by id or name. Error: UNKNOWN_MODEL naming the first that is not there. */
export function selectEntries(
  entries: readonly RegistryEntry[],
  only: readonly string[] | undefined,
): Result<readonly RegistryEntry[]> {
  if (only === undefined) return ok(entries)
  const wanted = new Set(only)
  const known = new Set(entries.flatMap((entry) => [entry.id, entry.name]))
  for (const name of wanted) {
    if (!known.has(name)) {
      return fail('UNKNOWN_MODEL', `There is no model "${name}" in the registry.`, {
        hint: 'See the names with: headroom list',
      })
    }
  }
  return ok(entries.filter((entry) => wanted.has(entry.id) || wanted.has(entry.name)))
}

export function cancelled(): ReturnType<typeof fail> {
  return fail('CANCELLED', 'Cancelled; nothing was written.')
}
