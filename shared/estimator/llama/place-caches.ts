import { bytesPerToken, layerCacheBytes, layerStateBytes } from './cache'
import { type CacheCells } from './cells'
import { type LayerPlan, type LlamaLayer } from './layers'
import { type CacheOnDevices, type Parts } from './parts'
import { type Placement, sumByDevice } from './placement'
import { type LlamaSettings } from './settings'

/** Caches lie with their layers, unless all of them are kept in system memory. */
export function placeCaches(
  settings: LlamaSettings,
  cells: CacheCells,
  { plan, placement }: { readonly plan: LayerPlan; readonly placement: Placement },
): CacheOnDevices {
  const where = cachePlacement(settings, placement)
  return {
    kv: sumByDevice(
      where,
      perLayer(plan, (layer) => layerCacheBytes(settings, cells, plan, layer)),
    ),
    state: sumByDevice(
      where,
      perLayer(plan, (layer) => layerStateBytes(settings, layer)),
    ),
  }
}

/** Bytes that one more token takes, by device. */
export function tokenBytesOnDevices({ settings, plan, placement }: Parts): CacheOnDevices['kv'] {
  const figures = perLayer(plan, (layer) => bytesPerToken(settings, plan, layer))
  return sumByDevice(cachePlacement(settings, placement), figures)
}

function cachePlacement(settings: LlamaSettings, placement: Placement): Placement {
  return settings.isCacheOnHost.value ? { ...placement, blockDevices: ['host'] } : placement
}

/** Layers of one kind are one object: each is computed once. */
function perLayer(plan: LayerPlan, figure: (layer: LlamaLayer) => number): readonly number[] {
  const known = new Map<LlamaLayer, number>()
  return plan.layers.map((layer) => {
    const bytes = known.get(layer) ?? figure(layer)
    known.set(layer, bytes)
    return bytes
  })
}
