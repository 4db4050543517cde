import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { isJsonObject, type JsonObject, ownValue } from '#shared/domain/json'
import { mergeExtracted } from '../maintenance/merge-extracted'

/**
 * A new entry with the block that a later reading of the same files would leave as it is: both come from one function.
 * `at` becomes `collected_at`.
 */
export function withArchitecture(entry: JsonObject, architecture: ArchitectureMetadata, at: string): JsonObject {
  const stored = ownValue(entry, 'metadata')
  const { architecture: _older, registry_layer: layer, ...rest } = isJsonObject(stored) ? stored : {}
  const bare = { ...entry, metadata: rest }
  const name = String(entry['name'])
  const [edit] = mergeExtracted({ name, id: name, value: bare, rows: [] }, architecture, {
    now: at,
    force: false,
  }).edits
  const block = edit?.value === undefined ? {} : { architecture: edit.value }
  return { ...entry, metadata: { ...rest, ...block, registry_layer: layer ?? 'discovered' } }
}
