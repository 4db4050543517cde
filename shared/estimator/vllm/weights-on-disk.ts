import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { exactly } from '../quantity'
import { type EstimateRequest, type Interval } from '../request'

export interface WeightsOnDisk {
  readonly bytes: Interval
  readonly source: string
}

/** Average bits of a quantised linear weight with its scales (memory-models, section 5). */
const LINEAR_BITS: Readonly<Record<string, number>> = {
  none: 16,
  awq: 4.25,
  awq_marlin: 4.25,
  gptq: 4.16,
  gptq_marlin: 4.16,
  'auto-round': 4.16,
  fp8: 8,
  fbgemm_fp8: 8,
  mxfp4: 4.25,
  nvfp4: 4.5,
  modelopt_fp4: 4.5,
  bitsandbytes: 4.5,
}

/**
 * Weight bytes on disk in the contract's order of trust: what the caller found, `weights_bytes`, then a guess from the
 * number of parameters and the quantisation (with a wide interval). Undefined when nothing is known.
 */
export function weightsOnDisk(request: EstimateRequest): WeightsOnDisk | undefined {
  const { architecture } = request
  if (request.weights !== undefined) return request.weights
  if (architecture.weights_bytes !== undefined) {
    const source = architecture.field_sources?.['weights_bytes'] ?? 'architecture'
    return { bytes: exactly(architecture.weights_bytes), source }
  }
  return fromParameters(architecture)
}

function fromParameters(architecture: ArchitectureMetadata): WeightsOnDisk | undefined {
  const total = architecture.parameters_total
  const method = architecture.quantization?.toLowerCase() ?? 'none'
  const bits = Object.hasOwn(LINEAR_BITS, method) ? LINEAR_BITS[method] : architecture.quantization_bits
  if (total === undefined || bits === undefined) return undefined
  const { vocab_size: vocabulary = 0, hidden_size: hidden = 0 } = architecture
  // Embeddings and the output layer stay 16 bit in quantised checkpoints.
  const wide = bits < 16 ? Math.min(total, 2 * vocabulary * hidden) : 0
  const likely = ((total - wide) * bits + wide * 16) / 8
  const doubt = bits < 16 ? 0.1 : 0.02
  return {
    bytes: { low: likely * (1 - doubt), likely, high: likely * (1 + doubt) },
    source: 'derived:parameters_total,quantization',
  }
}
