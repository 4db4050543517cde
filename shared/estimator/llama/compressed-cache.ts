import { type LayerGroup } from '#shared/domain/architecture'
import { cacheRowBytes } from './cache-types'
import { type CacheCells, padCells } from './cells'
import { type LlamaLayer } from './layers'
import { type LlamaSettings } from './settings'

/**
 * DeepSeek-V4 in llama.cpp: every layer keeps keys of a window; most keep one compressed key for so many tokens besides.
 * Every slot has its own rows for the whole context, also when the cache is unified. Source: `llama_kv_cache_dsv4`.
 */
export interface Compression {
  /** Tokens that one compressed row stands for; 0: the layer keeps only its window. */
  readonly ratio: number
}

/** Layers of this ratio choose their rows by an indexer, which has keys and a state of its own. */
const INDEXED_RATIO = 4
const HEAVY_RATIO = 128
/** Width of the indexer's keys and its heads in every released model. */
const INDEXER_WIDTH = 128
const INDEXER_HEADS = 64
/** Rows that the indexer chooses for every token. */
const CHOSEN_ROWS = 512
const F32_BYTES = 4

/** `undefined` when the ratio is not stated or is in no release. */
export function compressionOf(group: LayerGroup): Compression | undefined {
  const ratio: unknown = group['compress_ratio']
  return ratio === INDEXED_RATIO || ratio === HEAVY_RATIO ? { ratio } : undefined
}

export function indexerWidth({ ratio }: Compression): number {
  return ratio === INDEXED_RATIO ? INDEXER_WIDTH : 0
}

/** Elements of the two running sums (keys and scores) of one slot: F32, overlapping twice for the lighter ratio. */
export function compressionState({ ratio }: Compression, width: number): number {
  if (ratio === 0) return 0
  return ratio === INDEXED_RATIO ? 2 * 2 * (width + INDEXER_WIDTH) * 2 * ratio : 2 * width * ratio
}

/** Cells of the window of one slot. */
export function compressedWindowCells(settings: LlamaSettings, cells: CacheCells, layer: LlamaLayer): number {
  if (settings.isWindowFull.value || layer.windowTokens === undefined) return cells.perStream
  return padCells(Math.min(cells.perStream, layer.windowTokens + settings.microBatch.value))
}

/** Compressed rows of one slot. */
export function compressedRows(cells: CacheCells, layer: LlamaLayer): number {
  const ratio = layer.compression?.ratio ?? 0
  return ratio === 0 ? 0 : padCells(Math.ceil(cells.perStream / ratio))
}

/** Bytes of one layer over all slots. */
export function compressedCacheBytes(settings: LlamaSettings, cells: CacheCells, layer: LlamaLayer): number {
  const key = cacheRowBytes(settings.keyType.value, layer.kvHeads * layer.keyDim)
  const indexer = cacheRowBytes(settings.keyType.value, layer.indexerElements)
  const window = compressedWindowCells(settings, cells, layer) * key
  return settings.slots.value * (window + compressedRows(cells, layer) * (key + indexer))
}

/** What one more token of context adds, rounding aside. */
export function compressedTokenBytes(settings: LlamaSettings, layer: LlamaLayer): number {
  const ratio = layer.compression?.ratio ?? 0
  const type = settings.keyType.value
  const key = cacheRowBytes(type, layer.kvHeads * layer.keyDim)
  const sharers = settings.isUnified.value ? settings.slots.value : 1
  const rows = ratio === 0 ? 0 : (key + cacheRowBytes(type, layer.indexerElements)) / ratio
  return sharers * (rows + (settings.isWindowFull.value ? key : 0))
}

/**
 * What the indexer adds to the buffer of one micro-batch: twice the scores of every head for every compressed row, a mask
 * of those rows, and the chosen rows. Fitted to 67,095 MiB in all at 1,048,576 tokens and about 2 GiB at 16,384, both
 * with 512 rows (unsloth pull request 6940): 65,536 MiB of the first are the scores.
 */
export function indexerBytes(rows: number, cells: CacheCells, layers: readonly LlamaLayer[]): number {
  const indexed = layers.find((layer) => layer.compression !== undefined && layer.indexerElements > 0)
  if (indexed === undefined) return 0
  const compressed = compressedRows(cells, indexed)
  const chosen = 2 * Math.min(CHOSEN_ROWS, compressed) * indexed.keyDim
  return F32_BYTES * rows * (2 * INDEXER_HEADS * compressed + compressed + chosen)
}
