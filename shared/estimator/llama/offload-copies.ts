import { type Interval } from '../request'
import { type ComputeInput } from './compute-input'
import { addIntervals, zeroInterval } from './interval'

/**
 * With part of the weights in system memory, large batches still run on the GPU with copies of the weights they need:
 * the output matrix when it is not offloaded, and the largest matrix of a layer. Bytes on the first GPU.
 */
export function copiedWeights(input: ComputeInput): Interval {
  const { placement, settings } = input
  const layersOnHost = placement.blockDevices.filter((device) => device === 'host').length
  const experts = settings.expertLayersOnHost.value > 0 ? largestExpert(input) : 0
  if (layersOnHost === 0 && placement.outputDevice !== 'host') {
    return { low: 0, likely: experts, high: 2 * experts }
  }
  const output = placement.outputDevice === 'host' ? outputMatrix(input) : 0
  const matrix = Math.max(largestMatrix(input), experts)
  const copies = { low: 0, likely: output > 0 ? 0 : matrix * 0.5, high: 2 * matrix }
  return addIntervals(output > 0 ? { low: 0, likely: output, high: output } : zeroInterval, copies)
}

function outputMatrix({ tensors, architecture, weightBytes }: ComputeInput): number {
  if (tensors !== undefined) return tensors.hasOutput ? tensors.outputBytes : tensors.tokenEmbeddingBytes
  const elements = (architecture.vocab_size ?? 0) * (architecture.hidden_size ?? 0)
  return Math.min((elements * 6.5625) / 8, (weightBytes ?? Number.POSITIVE_INFINITY) * 0.5)
}

/** A block is about three feed-forward matrices and the attention; one of the three is the largest. */
function largestMatrix({ tensors, placement, weightBytes }: ComputeInput): number {
  const blocks = tensors?.layerBytes ?? []
  const dense = blocks.map((bytes, index) => bytes - (tensors?.layerExpertBytes[index] ?? 0))
  const block =
    dense.length > 0
      ? dense.reduce((most, bytes) => Math.max(most, bytes), 0)
      : (weightBytes ?? 0) / Math.max(placement.blockDevices.length, 1)
  return block * 0.3
}

function largestExpert({ tensors, weightBytes, placement }: ComputeInput): number {
  const blocks = tensors?.layerExpertBytes ?? []
  const block =
    blocks.length > 0
      ? blocks.reduce((most, bytes) => Math.max(most, bytes), 0)
      : (weightBytes ?? 0) / Math.max(placement.blockDevices.length, 1)
  return block / 3
}
