import { type LlamaLayer } from './layers'
import { type LlamaSettings } from './settings'

/** llama.cpp sizes every cache in steps of this many cells. */
export const CELL_STEP = 256

export function padCells(count: number): number {
  return Math.ceil(count / CELL_STEP) * CELL_STEP
}

export interface CacheCells {
  /** Cells of one stream: the whole pool when unified, one slot otherwise. */
  readonly perStream: number
  readonly streams: number
  /** Context over all slots. */
  readonly total: number
}

/** Padding and slots. Source: `llama_context` constructor, b10256. */
export function cacheCells(settings: LlamaSettings): CacheCells {
  const slots = settings.slots.value
  const padded = padCells(settings.contextTokens.value)
  if (settings.isUnified.value) return { perStream: padded, streams: 1, total: padded }
  const perStream = padCells(Math.floor(padded / slots))
  return { perStream, streams: slots, total: perStream * slots }
}

/** Cells of one stream in the cache of windowed layers. Source: `llama_kv_cache_iswa`, b10256. */
export function windowCells(settings: LlamaSettings, cells: CacheCells, windowTokens: number): number {
  if (settings.isWindowFull.value) return cells.perStream
  const sharers = settings.isUnified.value ? settings.slots.value : 1
  return padCells(Math.min(cells.perStream, windowTokens * sharers + settings.microBatch.value))
}

export function layerCells(settings: LlamaSettings, cells: CacheCells, layer: LlamaLayer): number {
  if (layer.cache === 'none') return 0
  if (layer.cache === 'window' && layer.windowTokens !== undefined) {
    return windowCells(settings, cells, layer.windowTokens)
  }
  return cells.perStream
}
