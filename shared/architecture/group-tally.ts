import { type LayerGroup, type LayerKind, type LayerState } from '../domain/architecture'

/** One layer before equal layers are counted. */
export interface LayerShape {
  readonly kind: LayerKind
  readonly kv_heads?: number
  readonly key_dim?: number
  readonly value_dim?: number
  readonly window?: number
  readonly indexer_bytes?: number
  readonly compress_ratio?: number
  readonly state?: LayerState
}

export interface GroupTally {
  add(layer: LayerShape): void
  /** Groups in the order in which their first layer came. */
  groups(): LayerGroup[]
}

/** Counts equal layers. The time does not depend on how many differ: a hostile file may state thousands of widths. */
export function createGroupTally(): GroupTally {
  const found = new Map<string, { readonly layer: LayerShape; count: number }>()
  return {
    add(layer) {
      const key = JSON.stringify(Object.entries(layer).toSorted(([a], [b]) => a.localeCompare(b)))
      const known = found.get(key)
      if (known === undefined) found.set(key, { layer, count: 1 })
      else known.count += 1
    },
    groups: () => [...found.values()].map(({ layer, count }) => ({ count, ...layer })),
  }
}
