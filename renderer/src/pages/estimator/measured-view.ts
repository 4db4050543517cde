import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { gibToBytes, MIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { type PlanGpu } from '#shared/estimator/request'
import { type EstimateResult } from '#shared/estimator/result'
import { buildRequest } from '#shared/estimator-request/build-request'
import { formatDay } from '../../format/dates'
import { formatDecimal, formatInteger, formatSigned } from '../../format/numbers'
import { engineLabel } from './calculations'
import { type Question } from './question'

export interface MeasuredColumn {
  readonly label: string
  readonly estimated: string
  readonly measured: string
  readonly error: string
}

export interface MeasuredView {
  /** `12 Nov, 4,096 × 16 at 0.85, GiB` */
  readonly when: string
  readonly title: string
  readonly columns: readonly MeasuredColumn[]
}

/** How a column is read: from the measured start and from the estimate of the same start. */
interface ColumnSpec {
  readonly label: string
  readonly measuredBytes: (runtime: JsonObject) => number | undefined
  readonly estimatedBytes: (result: EstimateResult) => number | undefined
  /** Tokens instead of bytes: whole numbers, the error as a share. */
  readonly isTokens?: boolean
}

function gib(runtime: JsonObject, key: string): number | undefined {
  const value = ownValue(runtime, key)
  return typeof value === 'number' ? gibToBytes(value) : undefined
}

function mib(runtime: JsonObject, key: string): number | undefined {
  const value = ownValue(runtime, key)
  return typeof value === 'number' ? value * MIB : undefined
}

const VLLM: readonly ColumnSpec[] = [
  { label: 'Weights', measuredBytes: (r) => gib(r, 'weights_gib'), estimatedBytes: (e) => e.per_gpu[0]?.weights_bytes },
  {
    label: 'Activations',
    measuredBytes: (r) => gib(r, 'peak_activation_gib'),
    estimatedBytes: (e) => e.per_gpu[0]?.activation_bytes,
  },
  { label: 'Vision', measuredBytes: (r) => gib(r, 'vision_gib'), estimatedBytes: (e) => e.per_gpu[0]?.vision_bytes },
  { label: 'Graphs', measuredBytes: (r) => gib(r, 'cuda_graph_gib'), estimatedBytes: (e) => e.per_gpu[0]?.graph_bytes },
  {
    label: 'Overhead',
    measuredBytes: (r) => gib(r, 'non_torch_gib'),
    estimatedBytes: (e) => e.per_gpu[0]?.overhead_bytes,
  },
  {
    label: 'KV pool',
    measuredBytes: (r) => gib(r, 'available_kv_gib'),
    estimatedBytes: (e) => e.per_gpu[0]?.kv_cache_bytes,
  },
  {
    label: 'KV tokens',
    measuredBytes: (r) => numberAt(r, 'kv_cache_tokens'),
    estimatedBytes: (e) => e.kv.capacity_tokens,
    isTokens: true,
  },
]

const LLAMA: readonly ColumnSpec[] = [
  {
    label: 'Weights',
    measuredBytes: (r) => mib(r, 'model_buffer_mib'),
    estimatedBytes: (e) => e.per_gpu.reduce((sum, gpu) => sum + gpu.weights_bytes, 0),
  },
  {
    label: 'KV cache',
    measuredBytes: (r) => mib(r, 'kv_mib'),
    estimatedBytes: (e) => e.per_gpu.reduce((sum, gpu) => sum + gpu.kv_cache_bytes, 0),
  },
  {
    label: 'Compute',
    measuredBytes: (r) => mib(r, 'compute_mib'),
    estimatedBytes: (e) => e.per_gpu.reduce((sum, gpu) => sum + gpu.activation_bytes, 0),
  },
]

/**
 * The last measured start beside the estimate of that same start: its launch flags, its card, and no measured term.
 * `undefined` when this engine was not measured.
 */
export function measuredView(question: Question): MeasuredView | undefined {
  const runtime = question.stated.runtime
  if (runtime === undefined || !wasMeasuredWith(question)) return undefined
  const result = estimateOfStart(question, runtime)
  if (result === undefined) return undefined
  const specs = question.engine === 'vllm' ? VLLM : LLAMA
  const columns = specs.flatMap((spec) => {
    const measured = spec.measuredBytes(runtime)
    const estimated = spec.estimatedBytes(result)
    return measured === undefined || estimated === undefined ? [] : [columnOf(spec, measured, estimated)]
  })
  return columns.length === 0 ? undefined : { ...headline(question, runtime), columns }
}

/** `runtime:<engine>` stands in `sources`; older entries do not say, then the entry's own engine is meant. */
function wasMeasuredWith({ stated, engine, engineSource }: Question): boolean {
  const origins = (stated.sources ?? []).filter((origin) => origin.startsWith('runtime:'))
  return origins.length > 0 ? origins.includes(`runtime:${engine}`) : engineSource === 'backend'
}

function columnOf(spec: ColumnSpec, measured: number, estimated: number): MeasuredColumn {
  if (spec.isTokens === true) {
    const share = measured === 0 ? 0 : (100 * (estimated - measured)) / measured
    return {
      label: spec.label,
      estimated: formatInteger(estimated),
      measured: formatInteger(measured),
      error: `${formatSigned(share, 1)} %`,
    }
  }
  const [left, right] = [estimated / 2 ** 30, measured / 2 ** 30]
  const error = Number(left.toFixed(2)) - Number(right.toFixed(2))
  return {
    label: spec.label,
    estimated: formatDecimal(left, 2),
    measured: formatDecimal(right, 2),
    error: formatSigned(error, 2),
  }
}

function numberAt(runtime: JsonObject, key: string): number | undefined {
  const value = ownValue(runtime, key)
  return typeof value === 'number' ? value : undefined
}

/** Settings that the engine printed, where the launch line does not hold them. */
const CONFIGURED: readonly (readonly [string, string])[] = [
  ['configured_max_model_len', 'max-model-len'],
  ['configured_max_num_seqs', 'max-num-seqs'],
  ['configured_gpu_memory_utilization', 'gpu-memory-utilization'],
  ['configured_tensor_parallel_size', 'tensor-parallel-size'],
  ['configured_kv_cache_dtype', 'kv-cache-dtype'],
]

function estimateOfStart(question: Question, runtime: JsonObject): EstimateResult | undefined {
  const snapshot = ownValue(runtime, 'extra_args_snapshot')
  const extraArgs = Array.isArray(snapshot) ? snapshot.filter((one) => typeof one === 'string') : snapshot
  const configured = CONFIGURED.flatMap(([key, flag]): [string, string][] => {
    const value = ownValue(runtime, key)
    return typeof value === 'number' || typeof value === 'string' ? [[flag, String(value)]] : []
  })
  const version = ownValue(runtime, 'engine_version')
  const model = question.model
  const usesSnapshot = typeof extraArgs === 'string' || Array.isArray(extraArgs)
  const request = buildRequest({
    architecture: question.stated,
    engine: question.engine,
    gpus: gpusOfStart(question, runtime),
    useMeasured: false,
    flags: [{ source: 'runtime', values: Object.fromEntries(configured) }],
    ...(typeof version === 'string' ? { engineVersion: { value: version.replace(/^v/, ''), source: 'runtime' } } : {}),
    ...(model === undefined ? {} : { model: usesSnapshot ? { ...model, extra_args: extraArgs } : model }),
    ...(question.tensors === undefined ? {} : { tensors: question.tensors }),
  })
  if (!request.ok) return undefined
  const result = estimate(request.value)
  return result.ok ? result.value : undefined
}

/** The card as it was measured, else the card of the plan. */
function gpusOfStart(question: Question, runtime: JsonObject): readonly PlanGpu[] {
  const stated: Json | undefined = ownValue(runtime, 'gpu_memory_gib')
  const list = Array.isArray(stated) ? stated : [stated]
  const cards = list.flatMap((one): PlanGpu[] => {
    const total = isJsonObject(one) ? ownValue(one, 'total') : undefined
    return typeof total === 'number' && total > 0 ? [{ totalBytes: gibToBytes(total), source: 'runtime' }] : []
  })
  return cards.length > 0 ? cards : question.gpus
}

function headline(question: Question, runtime: JsonObject): { readonly when: string; readonly title: string } {
  const at = ownValue(runtime, 'observed_at')
  const context = numberAt(runtime, 'configured_max_model_len') ?? numberAt(runtime, 'runtime_context_tokens')
  const batch = numberAt(runtime, 'configured_max_num_seqs')
  const share = numberAt(runtime, 'configured_gpu_memory_utilization')
  const version = ownValue(runtime, 'engine_version')
  const size =
    context === undefined
      ? ''
      : `${formatInteger(context)}${batch === undefined ? ' tokens' : ` × ${formatInteger(batch)}`}`
  const parts = [
    typeof at === 'string' ? formatDay(at) : undefined,
    `${size}${share === undefined ? '' : ` at ${formatDecimal(share, 2)}`}`.trim(),
    'GiB',
  ]
  return {
    when: parts.filter(Boolean).join(', '),
    title: `${engineLabel(question.engine)}${typeof version === 'string' ? ` ${version}` : ''}, ${parts.filter(Boolean).join(', ')}`,
  }
}
