import { grouped, NOTHING, type Quantity, wholeBytes } from '../quantity'
import { type EstimateRequest } from '../request'
import { type VllmSettings } from './vllm-settings'

/**
 * LoRA slots, allocated for every target layer before any adapter is known: about
 * `max_loras x rank x sum(in + out) x 2 B` (memory-models, section 8).
 */
export function planLoras(request: EstimateRequest, settings: VllmSettings): Quantity {
  const loras = settings.loras
  if (loras === undefined || request.known.weightsArePerGpu === true) return NOTHING
  const {
    hidden_size: hidden,
    num_layers: layers,
    intermediate_size: inner,
    num_attention_heads: heads,
  } = request.architecture
  const headDim =
    request.architecture.head_dim ?? (hidden !== undefined && heads !== undefined ? hidden / heads : undefined)
  if (hidden === undefined || layers === undefined || heads === undefined || headDim === undefined) return NOTHING
  const kvHeads = request.architecture.num_kv_heads ?? heads
  const width = inner ?? 3.5 * hidden
  const attention = 2 * (hidden + heads * headDim) + 2 * (hidden + kvHeads * headDim)
  const mlp = 3 * (hidden + width)
  const ranks = loras.isFullySharded ? settings.tensorParallel : 1
  const perLayer = (attention + mlp) / ranks
  const bytes = loras.maxLoras * loras.maxRank * layers * perLayer * 2
  return {
    ...wholeBytes({ low: bytes * 0.7, likely: bytes, high: bytes * 1.3 }),
    formula: () =>
      `${loras.maxLoras} slots x rank ${loras.maxRank} x ${layers} layers x ${grouped(Math.round(perLayer))} x 2 B`,
    inputs: () => [
      { name: 'max_loras', value: loras.maxLoras, source: 'setting' },
      { name: 'max_lora_rank', value: loras.maxRank, source: 'setting' },
    ],
  }
}
