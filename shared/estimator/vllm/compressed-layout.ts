import { type LayerGroup } from '#shared/domain/architecture'
import { grouped } from '../quantity'
import { type CacheSpec } from './cache-specs'
import { type KvLayout, type LayoutBucket } from './kv-layout'
import { type CompressedPacking } from './rules'

/**
 * Cache of DeepSeek V4 (vLLM `kv_cache_utils` and `models/deepseek_v4`): every layer keeps a window of full rows; a layer
 * with ratio r keeps one compressed row for r tokens besides, and the state of its compressor; ratio 4 has an indexer,
 * which is compressed in the same way. All of them share one pool whose blocks are as large as the largest group.
 */

/** Bytes of a row: 448 one-byte values, 64 two-byte ones and 8 of scales (fp8_ds_mla), padded by page to 576. */
const PACKED_ROW = { bytes: 584, align: 576 } as const
/** Plain 16-bit rows. */
const PLAIN_ALIGN = 512
const INDEXER_ROW = 132
const INDEXER_WIDTH = 128
/** Rows of the window in one block: those of a compressed block of 256 tokens at ratio 4. */
const WINDOW_BLOCK = 64
const DEFAULT_BLOCK = 256
const DEFAULT_WIDTH = 512
/** Tokens of one state block by ratio. Other ratios exist in no release. */
const STATE_BLOCK: Readonly<Record<number, number>> = { 4: 4, 128: 8 }

/** Layers of one compression ratio; 0 keeps its window only. */
interface RatioCounts {
  readonly windowed: number
  readonly c4: number
  readonly c128: number
}

/** What the layout depends on besides the groups. */
export interface CompressedSettings {
  readonly packing: CompressedPacking
  readonly isSixteenBit: boolean
  readonly blockSize: number | undefined
  /** Draft layers keep a window each. */
  readonly draftLayers: number
}

/** Ratio of a compressed group; undefined when it is not stated or in no release. */
export function ratioOf(group: LayerGroup): number | undefined {
  const ratio: unknown = group['compress_ratio']
  return typeof ratio === 'number' && STATE_BLOCK[ratio] !== undefined ? ratio : undefined
}

export function isCompressed(groups: readonly LayerGroup[]): boolean {
  return groups.some((group) => group.kind === 'compressed_attention')
}

/** Pages of one group of layers: bytes with and without the padding that makes them fit the full group's pages. */
interface GroupPages {
  readonly bucket: Omit<LayoutBucket, 'share'>
  readonly layers: number
  readonly paddedBytes: number
  readonly denseBytes: number
}

export function buildCompressedLayout(
  groups: readonly LayerGroup[],
  settings: CompressedSettings,
  shared: Pick<KvLayout, 'contextParallel' | 'inflightTokens' | 'stateBlocks'>,
): KvLayout {
  const counts = countRatios(groups, settings.draftLayers)
  const width = groups.find((group) => group.kind === 'compressed_attention')?.key_dim ?? DEFAULT_WIDTH
  const window = groups.reduce((most, group) => Math.max(most, group.window ?? 0), 0)
  const pages = pagesOf(settings, width)
  const full = fullGroup(counts, pages)
  const tuples = layerTuples([Math.max(counts.c4, counts.c128), counts.windowed, counts.c4, counts.c128])
  const others = [
    ...windowGroups({ layers: counts.windowed, tuples, window, page: pages.window }),
    ...stateGroup(counts.c4, {
      block: 4,
      window: 8,
      pages: [pages.state4, pages.stateIndexer],
      full: [pages.c4, pages.indexer],
    }),
    ...stateGroup(counts.c128, { block: 8, window: 128, pages: [pages.state128], full: [pages.c4] }),
  ]
  const most = Math.max(full.layers, ...others.map((group) => group.layers))
  const tupleBytes = (counts.c4 > 0 ? pages.c4 + pages.indexer : pages.window) + (counts.c128 > 0 ? pages.c128 : 0)
  const bytesPerBlock = blockBytes(settings.packing, { counts, pages, full, others, most, tupleBytes })
  const isWeighted = settings.packing !== 'packed' && full.paddedBytes > 0
  const buckets = [full, ...others].map(({ bucket, paddedBytes }) => ({
    ...bucket,
    share: isWeighted ? paddedBytes / full.paddedBytes : 1,
  }))
  return {
    ...shared,
    blockSize: pages.blockSize,
    bytesPerBlock,
    layersPerBlock: most,
    buckets,
    totalGroups: buckets.length,
    paddingLayers: 0,
    growingBytesPerToken: (counts.c4 * (pages.row + INDEXER_ROW)) / 4 + (counts.c128 * pages.row) / 128,
    // At start vLLM counts whole tuples of layers for every block, however the pool is packed.
    startFactor: (tupleBytes * most) / bytesPerBlock,
    formula: () =>
      `${counts.windowed} layers with a window of ${window}, ${counts.c4} of them with rows of ${pages.row} B for 4 tokens and ${INDEXER_ROW} B of indexer, ${counts.c128} with rows for 128 tokens; ${buckets.length} groups`,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function countRatios(groups: readonly LayerGroup[], draftLayers: number): RatioCounts {
  const of = (ratio: number): number => sum(groups.map((group) => (ratioOf(group) === ratio ? group.count : 0)))
  const all = sum(groups.map((group) => group.count))
  return { windowed: all + draftLayers, c4: of(4), c128: of(128) }
}

function pagesOf(settings: CompressedSettings, width: number) {
  const blockSize = settings.blockSize ?? DEFAULT_BLOCK
  const row = settings.isSixteenBit ? 2 * width : PACKED_ROW.bytes
  const align = settings.isSixteenBit ? PLAIN_ALIGN : PACKED_ROW.align
  const page = (bytes: number): number => Math.ceil(bytes / align) * align
  // Compressor states are 32-bit: values and scores, doubled where windows of ratio 4 overlap.
  const state = (values: number, block: number): number => page(2 * values * 4 * block)
  return {
    blockSize,
    row,
    c4: page((blockSize / 4) * row),
    indexer: page((blockSize / 4) * INDEXER_ROW),
    c128: page((blockSize / 128) * row),
    window: page(WINDOW_BLOCK * row),
    state4: state(2 * width, 4),
    stateIndexer: state(2 * INDEXER_WIDTH, 4),
    state128: state(width, 8),
  }
}

type Pages = ReturnType<typeof pagesOf>

function fullGroup(counts: RatioCounts, pages: Pages): GroupPages {
  const bytes = counts.c4 * (pages.c4 + pages.indexer) + counts.c128 * pages.c128
  const spec = { ...NO_SPEC, kind: 'full' as const, count: counts.c4 + counts.c128, rowBytes: pages.row }
  return {
    bucket: { spec, blockSize: pages.blockSize, groups: 1 },
    layers: Math.max(counts.c4, counts.c128),
    paddedBytes: bytes,
    denseBytes: bytes,
  }
}

const NO_SPEC: CacheSpec = {
  kind: 'full',
  count: 0,
  rowBytes: 0,
  window: 0,
  stateBytes: 0,
  formula: () => '',
  isLatent: true,
}

/** The windows of all layers, cut into groups of at most `tuples` layers. */
function windowGroups(input: {
  readonly layers: number
  readonly tuples: number
  readonly window: number
  readonly page: number
}): readonly GroupPages[] {
  const { layers, tuples, window, page } = input
  const groups = Math.ceil(layers / tuples)
  const spec = { ...NO_SPEC, kind: 'sliding' as const, window }
  return Array.from({ length: groups }, (_, index) => {
    const own = Math.ceil((layers - index) / groups)
    const bytes = own * page
    return {
      bucket: { spec: { ...spec, count: own }, blockSize: WINDOW_BLOCK, groups: 1 },
      layers: own,
      paddedBytes: bytes,
      denseBytes: bytes,
    }
  })
}

/** Compressor states of one ratio: a sliding window of their own, padded to the pages of the full group. */
function stateGroup(
  layers: number,
  input: {
    readonly block: number
    readonly window: number
    /** Bytes of the pages of one layer, and those of the full group that hold them. */
    readonly pages: readonly number[]
    readonly full: readonly number[]
  },
): readonly GroupPages[] {
  if (layers === 0) return []
  const spec = { ...NO_SPEC, kind: 'sliding' as const, window: input.window, count: layers }
  return [
    {
      bucket: { spec, blockSize: input.block, groups: 1 },
      layers,
      paddedBytes: layers * sum(input.pages.map((page, index) => Math.max(page, input.full[index] ?? 0))),
      denseBytes: layers * sum(input.pages),
    },
  ]
}

/** Layers of one tuple column: the number from that of the full group on that wastes least, the larger of equals. */
function layerTuples(counts: readonly number[]): number {
  const [least = 1] = counts
  const used = counts.filter((count) => count > 0)
  let best = Math.max(1, least)
  let bestWaste = Number.POSITIVE_INFINITY
  for (let size = Math.max(1, least); size <= Math.max(...used, 1); size += 1) {
    const waste = sum(used.map((count) => Math.ceil(count / size) * size - count))
    if (waste <= bestWaste) {
      bestWaste = waste
      best = size
    }
  }
  return best
}

/**
 * Bytes of one block. `tuples` (0.22): whole tuples for every group. `buckets` (0.25, 0.26): the longest column of each
 * page size. `packed`: the largest group, densely.
 */
function blockBytes(
  packing: CompressedPacking,
  input: {
    readonly counts: RatioCounts
    readonly pages: Pages
    readonly full: GroupPages
    readonly others: readonly GroupPages[]
    readonly most: number
    readonly tupleBytes: number
  },
): number {
  const { counts, pages, full, others, most, tupleBytes } = input
  switch (packing) {
    case 'tuples':
      return tupleBytes * most
    case 'buckets':
      return pages.c4 * most + pages.indexer * counts.c4 + pages.c128 * counts.c128
    case 'packed':
      return Math.max(full.denseBytes, ...others.map((group) => group.denseBytes))
  }
}

/** Words for the result: how sure the sizes are. */
export function compressedWarning(layout: KvLayout): string {
  return `The compressed cache is sized as vLLM 0.22 to 0.27 group it (blocks of ${grouped(layout.bytesPerBlock)} B); other releases can differ by a tenth.`
}
