import { isJsonObject, ownValue } from '#shared/domain/json'
import { type RegistryEntry, type RegistryLayer } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { type RowTarget, splitRequests } from '#shared/registry/split-edits'
import { type ReadRegistry } from './read-registry'
import { type EntryEdit } from './registry-service'

export interface RowAddress {
  readonly layer: RegistryLayer
  readonly index: number
}

/** New values of the rows behind edited entries. UNKNOWN_MODEL for an id that is gone. */
export function rowTargets(
  entries: readonly RegistryEntry[],
  edits: readonly EntryEdit[],
): Result<readonly RowTarget[]> {
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  const requests = new Map<string, EntryEdit[]>()
  for (const edit of edits) requests.set(edit.id, [...(requests.get(edit.id) ?? []), edit])
  const targets: RowTarget[] = []
  for (const [id, wanted] of requests) {
    const entry = byId.get(id)
    if (!entry) return unknownEntry(id)
    const split = splitRequests(entry, wanted)
    if (!split.ok) return split
    targets.push(...split.value)
  }
  return ok(targets)
}

/** A target that is not changed: being one is what takes a row of the merged file over. */
export function adoptedRows(entries: readonly RegistryEntry[], ids: readonly string[]): Result<readonly RowTarget[]> {
  const targets: RowTarget[] = []
  for (const id of ids) {
    const entry = entries.find((one) => one.id === id)
    if (!entry) return unknownEntry(id)
    const [row] = entry.rows
    if (row?.layer === 'snapshot') targets.push({ layer: 'snapshot', row, before: entry.value, target: entry.value })
  }
  return ok(targets)
}

/**
 * Rows to take out. A removal goes through all files, and a renamed entry leaves the merged file under its old name:
 * a row that only the merged file has would be adopted and come back.
 */
export function removedRows(
  read: ReadRegistry,
  ids: readonly string[],
  targets: readonly RowTarget[],
): Result<RowAddress[]> {
  const rows: RowAddress[] = []
  const gone = new Set<unknown>()
  for (const id of ids) {
    const entry = read.entries.find((one) => one.id === id)
    if (!entry) return unknownEntry(id)
    rows.push(...entry.rows)
    gone.add(ownValue(entry.value, 'name'))
  }
  for (const { row, before, target } of targets) {
    if (row && before['name'] !== target['name']) gone.add(before['name'])
  }
  const isLayered = read.layers.discovered !== undefined || read.layers.curated !== undefined
  if (gone.size === 0 || !isLayered) return ok(rows)
  read.layers.snapshot?.values.forEach((value, index) => {
    const isListed = rows.some((row) => row.layer === 'snapshot' && row.index === index)
    const name = isJsonObject(value) ? ownValue(value, 'name') : undefined
    if (!isListed && name !== undefined && gone.has(name)) rows.push({ layer: 'snapshot', index })
  })
  return ok(rows)
}

function unknownEntry(id: string) {
  return fail('UNKNOWN_MODEL', `"${id}" is not in the registry any more.`, { hint: 'Load the registry again.' })
}
