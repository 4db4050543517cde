import { type RegistryEntry } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { ownValue } from '../domain/json'

/**
 * The entry that a person means: by name, id (`name#2`; `name#1` is the first row), served id, alias. AMBIGUOUS when a name stands for several rows,
 * UNKNOWN_MODEL (with near names in the hint) when nothing fits.
 */
export function findModel(entries: readonly RegistryEntry[], query: string): Result<RegistryEntry> {
  const first = query.endsWith('#1') ? entries.find((entry) => entry.id === query.slice(0, -2)) : undefined
  if (first) return ok(first)
  const sameName = entries.filter((entry) => entry.name === query)
  const served = (entry: RegistryEntry) => ownValue(entry.value, 'served_model_id') === query
  const steps = [sameName, entries.filter((entry) => entry.id === query), entries.filter(served)]
  for (const found of [...steps, entries.filter((entry) => aliasesOf(entry).includes(query))]) {
    const [only] = found
    if (only && found.length === 1) return ok(only)
    if (found.length > 1) return ambiguous(query, found)
  }
  return fail('UNKNOWN_MODEL', `No model is called "${query}".`, { hint: nearNames(entries, query) })
}

/** How well an entry matches a name that another program wrote: entry name, then served id, alias, path. */
export function matchModels(entries: readonly RegistryEntry[], key: string): readonly RegistryEntry[] {
  const tests: readonly ((entry: RegistryEntry) => boolean)[] = [
    (entry) => entry.name === key,
    (entry) => ownValue(entry.value, 'served_model_id') === key,
    (entry) => aliasesOf(entry).includes(key),
    (entry) => ownValue(entry.value, 'download_path') === key,
  ]
  for (const test of tests) {
    const found = entries.filter(test)
    if (found.length > 0) return found
  }
  return []
}

function aliasesOf(entry: RegistryEntry): readonly unknown[] {
  const aliases = ownValue(entry.value, 'model_aliases')
  return Array.isArray(aliases) ? aliases : []
}

function ambiguous(query: string, found: readonly RegistryEntry[]): Result<never> {
  const ids = found.map((entry) => `"${entry.id === query ? `${query}#1` : entry.id}"`)
  // the first row has the plain name as its id, so it cannot be told apart by it: rows say more
  const rows = found.map((entry) => entry.rows.map((row) => `${row.layer} row ${row.index + 1}`).join(' and '))
  return fail('AMBIGUOUS', `"${query}" stands for ${found.length} entries: ${rows.join('; ')}.`, {
    hint: `Use one of these ids: ${ids.join(', ')}.`,
  })
}

function nearNames(entries: readonly RegistryEntry[], query: string): string {
  const folded = query.toLowerCase()
  const near = entries.filter((entry) => entry.name.toLowerCase().includes(folded)).slice(0, 5)
  if (near.length === 0) return 'See all names with: headroom list'
  return `Did you mean ${near.map((entry) => `"${entry.name}"`).join(' or ')}?`
}
