import { type EstimateResult } from '../result'
import { type Parts, reserveBytes } from './parts'
import { ALL_LAYERS } from './settings'

/** Tries after the first guess; every try is a forward estimate. */
const MOST_TRIES = 4

/**
 * The most layers that fit on the GPUs when all of them do not, as a sentence; `undefined` when everything fits, when the
 * number was given, or when nothing can be said. `fits` is the forward estimate with that many layers.
 */
export function offloadAdvice(
  parts: Parts,
  result: EstimateResult,
  fits: (layers: number) => boolean,
): string | undefined {
  const { request, settings, placement, caches, weights } = parts
  if (result.verdict !== 'does_not_fit' && result.verdict !== 'tight') return undefined
  if (settings.gpuLayers.value !== ALL_LAYERS || weights === undefined) return undefined
  const blocks = placement.blockDevices.length
  if (blocks === 0) return undefined
  const moved = weights.gpus.reduce((sum, gpu) => sum + gpu.high, 0)
  const cached = [...caches.kv.gpus, ...caches.state.gpus].reduce((sum, bytes) => sum + bytes, 0)
  const perLayer = (moved + cached) / (blocks + 1)
  const budget = request.gpus.reduce((sum, gpu) => sum + (gpu.freeBytes ?? gpu.totalBytes) - reserveBytes(request), 0)
  const fixed = result.high_bytes - moved - cached
  let layers = Math.min(Math.floor((budget - fixed) / Math.max(perLayer, 1)), blocks)
  for (let tries = 0; tries < MOST_TRIES && layers > 0; tries += 1) {
    if (fits(layers)) {
      return `With --n-gpu-layers ${layers} of ${blocks + 1} it fits; the other layers stay in system memory and slow it down.`
    }
    layers -= Math.max(1, Math.floor(layers / 16))
  }
  return undefined
}
