import { type JsonObject } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'

/** The merged entry as data, with the layer in which it lives: curated as soon as a person has a row there. */
export function withLayer(entry: RegistryEntry): JsonObject {
  const layers = entry.rows.map((row) => row.layer)
  const layer = layers.includes('curated') ? 'curated' : (layers[0] ?? 'discovered')
  // The id differs from the name only where names repeat.
  return { ...entry.value, ...(entry.id !== entry.name && { id: entry.id }), layer }
}
