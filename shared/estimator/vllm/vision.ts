import { GIB } from '#shared/domain/units'
import { exactly, grouped, NOTHING, type Quantity, wholeBytes } from '../quantity'
import { type EstimateRequest } from '../request'
import { type VllmSettings } from './vllm-settings'

/**
 * What the multimodal encoder adds to the profiled peak: its output for a full encoder budget and its workspace
 * (memory-models, section 6). The weights of the tower are part of the weights.
 */
export function planVision(request: EstimateRequest, settings: VllmSettings): Quantity {
  const known = request.known.visionBytes
  if (known !== undefined) {
    const inputs = () => [{ name: 'vision_bytes', value: known.value, source: known.source }]
    return { ...exactly(Math.round(known.value)), formula: () => `${grouped(known.value)} B`, inputs }
  }
  const { vision, hidden_size: hidden } = request.architecture
  if (vision === undefined || hidden === undefined || !settings.profilesVision) return NOTHING
  if (request.known.activationBytes !== undefined) {
    return { ...NOTHING, formula: () => '0 (inside the given activation peak)' }
  }
  const tokens = settings.maxNumBatchedTokens.value
  const output = 2 * tokens * hidden
  const inputs = () => [
    {
      name: 'max_num_batched_tokens',
      value: tokens,
      source: settings.maxNumBatchedTokens.source,
    },
  ]
  return {
    ...wholeBytes({ low: 0.02 * GIB, likely: output + 0.2 * GIB, high: 3 * output + 0.6 * GIB }),
    formula: () => `2 B x ${grouped(tokens)} encoder tokens x ${grouped(hidden)} + 0.2 GiB workspace`,
    inputs,
  }
}
