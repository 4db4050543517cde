import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type TensorSummary } from '#shared/domain/tensors'
import { type Interval } from '../request'
import { type CacheCells, windowCells } from './cells'
import { denseWithFlash, denseWithoutFlash, expertsWithFlash, type GraphWidths, maskBytes } from './compute-formulas'
import { bandAround, zeroInterval } from './interval'
import { type LayerPlan } from './layers'
import { type Placement } from './placement'
import { type LlamaSettings } from './settings'

export interface ComputeInput {
  readonly architecture: ArchitectureMetadata
  readonly tensors?: TensorSummary
  readonly plan: LayerPlan
  readonly settings: LlamaSettings
  readonly cells: CacheCells
  readonly placement: Placement
}

export interface ComputeBuffers {
  readonly gpus: readonly Interval[]
  readonly host: Interval
  readonly formula: string
  readonly missing: readonly string[]
}

/** Scratch memory of one micro-batch, by device. */
export function computeBuffers(input: ComputeInput): ComputeBuffers {
  const widths = graphWidths(input)
  if (widths === undefined) {
    const gpus = Array.from({ length: input.placement.gpuCount }, () => zeroInterval)
    return {
      gpus,
      host: zeroInterval,
      formula: 'not known: the width of the model is missing',
      missing: missingWidths(input),
    }
  }
  const masks = allMasks(input, widths.rows)
  const total = formulaTotal(input, widths, masks)
  const inputs = 4 * widths.rows * widths.hidden * (input.settings.rules.hasEmbeddingInput ? 2 : 1)
  const device = bandAround(Math.max(total - 8 * widths.rows * widths.hidden, 0), 0.9, 1.25)
  const host = bandAround(masks + inputs, 0.9, 1.25)
  const usesGpu = input.placement.offloaded > 0
  return {
    gpus: Array.from({ length: input.placement.gpuCount }, () => (usesGpu ? device : zeroInterval)),
    host: usesGpu ? host : bandAround(total, 0.9, 1.25),
    formula: `4 x ${widths.rows} rows x widths + masks ${masks}`,
    missing: [],
  }
}

function formulaTotal(input: ComputeInput, widths: GraphWidths, masks: number): number {
  const { settings } = input
  if (!settings.flashAttention.value) return denseWithoutFlash(widths)
  const layers = widths.moe === undefined ? denseWithFlash(widths) : expertsWithFlash(widths, widths.moe)
  const logits = 4 * widths.rows * (widths.vocabulary + 2 * widths.hidden)
  return settings.rules.reservesAllLogits ? Math.max(logits, masks + layers) : masks + layers
}

function allMasks(input: ComputeInput, rows: number): number {
  const { settings, cells, plan } = input
  const window = plan.layers.find((layer) => layer.cache === 'window')?.windowTokens
  const full = plan.layers.some((layer) => layer.cache === 'full' || layer.cache === 'latent')
  const streams = cells.streams
  const base = full ? maskBytes(rows, cells.perStream) / streams : 0
  return base + (window === undefined ? 0 : maskBytes(rows, windowCells(settings, cells, window)) / streams)
}

function graphWidths(input: ComputeInput): GraphWidths | undefined {
  const { architecture, settings, cells } = input
  const { hidden_size: hidden, num_attention_heads: heads, vocab_size: vocabulary, moe } = architecture
  const expertWidth = moe?.moe_intermediate_size ?? (moe === undefined ? undefined : architecture.intermediate_size)
  const feedForward = architecture.intermediate_size ?? expertWidth
  if (hidden === undefined || heads === undefined || feedForward === undefined) return undefined
  const layer = input.plan.layers.find((each) => each.cache !== 'none')
  return {
    rows: Math.min(settings.microBatch.value, cells.total),
    cells: cells.perStream,
    hidden,
    feedForward,
    heads,
    queryWidth: heads * (layer?.keyDim ?? hidden / heads),
    kvWidth: layer === undefined ? 0 : layer.kvHeads * layer.keyDim,
    vocabulary: vocabulary ?? 0,
    ...(moe !== undefined && expertWidth !== undefined ? { moe: { used: moe.experts_per_token, expertWidth } } : {}),
  }
}

function missingWidths(input: ComputeInput): string[] {
  const { architecture } = input
  const names = ['hidden_size', 'num_attention_heads', 'intermediate_size'] as const
  return names.filter((name) => architecture[name] === undefined)
}
