import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { GIB, MIB } from '#shared/domain/units'
import { type EstimateResult } from './result'

/** One figure of the estimate beside what the engine reported. */
export interface ComparisonRow {
  readonly name: string
  /** Words for the table: "Weights". */
  readonly label: string
  readonly unit: 'bytes' | 'tokens'
  readonly estimated: number
  readonly measured: number
  /** Estimated minus measured, in the row's unit. */
  readonly error: number
  /** Relative to the measured value; absent when that is 0. */
  readonly errorShare?: number
  /** The measured value lies inside the estimate's interval; absent when the estimate has none. */
  readonly isInside?: boolean
  /** Key of `metadata.architecture.runtime` that the measured value comes from. */
  readonly source: string
}

interface Estimated {
  readonly likely: number
  readonly low?: number
  readonly high?: number
}

interface RowKind {
  readonly name: string
  readonly label: string
  readonly unit: ComparisonRow['unit']
  readonly key: string
  /** Multiplier from the runtime key's unit to bytes or tokens. */
  readonly scale: number
  readonly pick: (result: EstimateResult) => Estimated | undefined
}

/** Runtime keys of contract section 4 and the estimated figures they belong to; runtime figures are per GPU. */
const ROWS: readonly RowKind[] = [
  { name: 'weights', label: 'Weights', unit: 'bytes', key: 'weights_gib', scale: GIB, pick: term('weights') },
  { name: 'activation', label: 'Activations', unit: 'bytes', key: 'peak_activation_gib', scale: GIB, pick: peak },
  { name: 'non_torch', label: 'Overhead', unit: 'bytes', key: 'non_torch_gib', scale: GIB, pick: term('non_torch') },
  {
    name: 'cuda_graphs',
    label: 'CUDA graphs',
    unit: 'bytes',
    key: 'cuda_graph_gib',
    scale: GIB,
    pick: term('cuda_graphs'),
  },
  { name: 'pool', label: 'KV cache pool', unit: 'bytes', key: 'available_kv_gib', scale: GIB, pick: pool },
  { name: 'kv_cache', label: 'KV cache', unit: 'bytes', key: 'kv_mib', scale: MIB, pick: allocatedCache },
  {
    name: 'capacity',
    label: 'KV cache tokens',
    unit: 'tokens',
    key: 'kv_cache_tokens',
    scale: 1,
    pick: (result) => (result.kv.capacity_tokens === 0 ? undefined : { likely: result.kv.capacity_tokens }),
  },
]

/** Every figure that was both estimated and measured (`metadata.architecture.runtime`), with its error. */
export function compareWithRuntime(result: EstimateResult, runtime: Json | undefined): readonly ComparisonRow[] {
  if (runtime === undefined || !isJsonObject(runtime)) return []
  return ROWS.flatMap((kind) => {
    const measured = numberAt(runtime, kind.key)
    const estimated = kind.pick(result)
    return measured === undefined || estimated === undefined ? [] : [rowOf(kind, { measured, estimated })]
  })
}

/** A number of the runtime record; a negative one is an artefact (sleep mode, memory freed during capture). */
function numberAt(runtime: JsonObject, key: string): number | undefined {
  const value = ownValue(runtime, key)
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

function rowOf(kind: RowKind, values: { readonly measured: number; readonly estimated: Estimated }): ComparisonRow {
  const measured = Math.round(values.measured * kind.scale)
  const { likely, low, high } = values.estimated
  const error = likely - measured
  // A log prints two decimals of GiB: half a unit of the last is no error.
  const rounding = kind.unit === 'bytes' ? 0.005 * kind.scale : 0
  return {
    name: kind.name,
    label: kind.label,
    unit: kind.unit,
    estimated: likely,
    measured,
    error,
    ...(measured === 0 ? {} : { errorShare: error / measured }),
    ...(low === undefined || high === undefined || low === high
      ? {}
      : { isInside: low - rounding <= measured && measured <= high + rounding }),
    source: kind.key,
  }
}

function gpuCount(result: EstimateResult): number {
  return Math.max(1, result.per_gpu.length)
}

function term(name: string): RowKind['pick'] {
  return (result) => {
    const found = result.terms.find((one) => one.name === name)
    if (found === undefined) return undefined
    const ranks = gpuCount(result)
    return {
      likely: Math.round(found.bytes / ranks),
      low: Math.round(found.low_bytes / ranks),
      high: Math.round(found.high_bytes / ranks),
    }
  }
}

/** The engine's peak contains the multimodal encoder. */
function peak(result: EstimateResult): Estimated | undefined {
  const activation = term('activation')(result)
  const vision = term('vision')(result)
  if (activation === undefined || vision === undefined) return activation
  return {
    likely: activation.likely + vision.likely,
    low: (activation.low ?? 0) + (vision.low ?? 0),
    high: (activation.high ?? 0) + (vision.high ?? 0),
  }
}

function pool(result: EstimateResult): Estimated | undefined {
  if (result.engine !== 'vllm') return undefined
  const [gpu] = result.per_gpu
  if (gpu === undefined || gpu.kv_cache_bytes === 0) return undefined
  const ranks = gpuCount(result)
  const above = (result.high_bytes - result.total_bytes) / ranks
  const below = (result.total_bytes - result.low_bytes) / ranks
  const likely = gpu.kv_cache_bytes
  return { likely, low: Math.round(likely - above), high: Math.round(likely + below) }
}

/** llama.cpp and Ollama allocate exactly what is asked for. */
function allocatedCache(result: EstimateResult): Estimated | undefined {
  if (result.engine === 'vllm') return undefined
  const bytes = result.per_gpu.reduce((sum, gpu) => sum + gpu.kv_cache_bytes, 0)
  return bytes === 0 ? undefined : { likely: bytes }
}
