import { type JsonObject, jsonEquals } from '#shared/domain/json'
import { type RegistryEntry, type RowRef } from '#shared/domain/registry'

/** What is untidy about a registry, and what would put it right. Nothing here loses a value that only one row holds. */
export interface TidyPlan {
  /** Entries that only the merged file holds: they are taken over into the discovered layer, as they are written. */
  readonly adopt: readonly { readonly id: string; readonly name: string }[]
  /** Rows that say the same as another row of their name: they can go. */
  readonly copies: readonly { readonly id: string; readonly name: string; readonly of: string }[]
  /** Rows of one name that differ: a person says which one stays. */
  readonly differing: readonly DifferingRows[]
}

export interface DifferingRows {
  readonly name: string
  readonly rows: readonly {
    readonly id: string
    readonly rows: readonly RowRef[]
    readonly differs: readonly string[]
  }[]
}

/** Looks at merged entries. `isLayered`: in a single file there is nothing to take over. */
export function planTidy(entries: readonly RegistryEntry[], isLayered: boolean): TidyPlan {
  const groups = new Map<string, RegistryEntry[]>()
  for (const entry of entries) groups.set(entry.name, [...(groups.get(entry.name) ?? []), entry])
  const copies: TidyPlan['copies'][number][] = []
  const differing: DifferingRows[] = []
  for (const [name, group] of groups) {
    if (group.length === 1) continue
    const kept: RegistryEntry[] = []
    for (const entry of group) {
      const same = kept.find((one) => isCopy(entry, one))
      if (same) copies.push({ id: entry.id, name, of: same.id })
      else kept.push(entry)
    }
    if (kept.length > 1) differing.push(differingRows(name, kept))
  }
  return { adopt: isLayered ? adoptable(entries) : [], copies, differing }
}

/** The same as a whole, or a row without an overlay that stands once more in the same file. */
function isCopy(entry: RegistryEntry, other: RegistryEntry): boolean {
  if (jsonEquals(entry.value, other.value)) return true
  const [row, ...overlays] = entry.rows
  const at = other.rows.findIndex((one) => one.layer === row?.layer)
  const part = other.parts?.[at]
  return overlays.length === 0 && part !== undefined && jsonEquals(entry.value, part)
}

function adoptable(entries: readonly RegistryEntry[]): TidyPlan['adopt'] {
  return entries
    .filter((entry) => entry.rows.every((row) => row.layer === 'snapshot'))
    .map(({ id, name }) => ({ id, name }))
}

const MOST_KEYS = 20

function differingRows(name: string, kept: readonly RegistryEntry[]): DifferingRows {
  const [first] = kept
  return {
    name,
    rows: kept.map((entry) => ({
      id: entry.id,
      rows: entry.rows,
      differs: first === undefined || entry === first ? [] : differingKeys(first.value, entry.value),
    })),
  }
}

/** Keys at the top whose values differ. */
function differingKeys(left: JsonObject, right: JsonObject): readonly string[] {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  const ownOf = (object: JsonObject, key: string) => (Object.hasOwn(object, key) ? object[key] : undefined)
  return [...keys]
    .filter((key) => {
      const [one, other] = [ownOf(left, key), ownOf(right, key)]
      return one === undefined || other === undefined ? one !== other : !jsonEquals(one, other)
    })
    .slice(0, MOST_KEYS)
}
