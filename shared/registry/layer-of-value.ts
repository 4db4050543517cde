import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { type RegistryEntry, type RegistryLayer } from '#shared/domain/registry'

export type ValuePath = readonly (string | number)[]

/**
 * The layer in which a change of this value takes effect. Curated masks discovered where it holds the value itself
 * (not null), or a scalar or list above it; everything else belongs to discovered. A row adopted from the snapshot
 * counts as discovered, in single-file mode everything is `snapshot`.
 */
export function layerOfValue(entry: RegistryEntry, path: ValuePath): RegistryLayer {
  const index = entry.rows.findIndex((row) => row.layer === 'curated')
  const other = entry.rows.find((row) => row.layer !== 'curated')
  if (index < 0) return other?.layer ?? 'discovered'
  if (other === undefined) return 'curated'
  const curated = entry.parts?.[index] ?? entry.value
  const below = entry.parts?.[entry.rows.indexOf(other)] ?? {}
  return masks(curated, path) || isBlocked(below, path) ? 'curated' : other.layer
}

/** Whether a scalar (or a list, for a key) stands on the way to this path, so that nothing can be written below it. */
export function isBlocked(value: JsonObject, path: ValuePath): boolean {
  return path.slice(1).some((key, index) => {
    const above = valueAt(value, path.slice(0, index + 1))
    if (above === undefined || above === null) return false
    return typeof above !== 'object' || (Array.isArray(above) && typeof key !== 'number')
  })
}

/** Whether an overlay hides what lies below this path. */
export function masks(overlay: JsonObject, path: ValuePath): boolean {
  let current: Json | undefined = overlay
  for (const key of path) {
    if (!isJsonObject(current)) return current !== undefined && current !== null
    current = ownValue(current, String(key))
  }
  return current !== undefined && current !== null
}

/** The value at a path, or `undefined` when any part of the way is missing. */
export function valueAt(root: Json, path: ValuePath): Json | undefined {
  let current: Json | undefined = root
  for (const key of path) {
    if (Array.isArray(current) && typeof key === 'number')
      current = (current as readonly Json[])[key] // array of JSON
    else if (isJsonObject(current)) current = ownValue(current, String(key))
    else return undefined
  }
  return current
}
