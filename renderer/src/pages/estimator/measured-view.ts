import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { GIB, gibToBytes } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { type ComparisonRow, compareWithRuntime } from '#shared/estimator/measured-comparison'
import { type FlagValues, type PlanGpu } from '#shared/estimator/request'
import { type EstimateResult } from '#shared/estimator/result'
import { buildRequest } from '#shared/estimator-request/build-request'
import { formatDay } from '../../format/dates'
import { formatDecimal, formatInteger, formatSigned } from '../../format/numbers'
import { engineLabel } from './calculations'
import { type Question } from './question'

export interface MeasuredColumn {
  /** Name of the row of the comparison: `weights`, `pool`, ... */
  readonly name: string
  readonly label: string
  readonly estimated: string
  readonly measured: string
  readonly error: string
  /** The measured value lies inside the estimate's range; absent when the estimate has none. */
  readonly isInside?: boolean
}

export interface MeasuredView {
  /** `12 Nov, 4,096 × 16 at 0.85, GiB` */
  readonly when: string
  readonly title: string
  readonly columns: readonly MeasuredColumn[]
}

/**
 * The last measured start beside the estimate of that same start: its launch flags, its card, and no measured term.
 * `undefined` when this engine was not measured.
 */
export function measuredView(question: Question): MeasuredView | undefined {
  const { runtime } = question.stated
  if (runtime === undefined || !wasMeasuredWith(question)) return undefined
  const result = estimateOfStart(question, runtime)
  if (result === undefined) return undefined
  const columns = compareWithRuntime(result, runtime).map(columnOf)
  return columns.length === 0 ? undefined : { ...headline(question, runtime), columns }
}

/** `runtime:<engine>` stands in `sources`; older entries do not say, then the entry's own engine is meant. */
function wasMeasuredWith({ stated, engine, engineSource }: Question): boolean {
  const origins = (stated.sources ?? []).filter((origin) => origin.startsWith('runtime:'))
  return origins.length > 0 ? origins.includes(`runtime:${engine}`) : engineSource === 'backend'
}

/** Short heads, so that the strip stays a strip; the others keep their own words. */
const HEADS: Readonly<Record<string, string>> = { cuda_graphs: 'Graphs', pool: 'KV pool', capacity: 'KV tokens' }

function columnOf(row: ComparisonRow): MeasuredColumn {
  const label = HEADS[row.name] ?? row.label
  const { name } = row
  const inside = row.isInside === undefined ? {} : { isInside: row.isInside }
  if (row.unit === 'tokens') {
    return {
      name,
      label,
      estimated: formatInteger(row.estimated),
      measured: formatInteger(row.measured),
      error: row.errorShare === undefined ? formatInteger(row.error) : `${formatSigned(100 * row.errorShare, 1)} %`,
      ...inside,
    }
  }
  const estimated = formatDecimal(row.estimated / GIB, 2)
  const measured = formatDecimal(row.measured / GIB, 2)
  // From the figures as shown: the column must add up.
  const error = Number(estimated.replaceAll(',', '')) - Number(measured.replaceAll(',', ''))
  return { name, label, estimated, measured, error: formatSigned(error, 2), ...inside }
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

function configuredFlags(runtime: JsonObject): FlagValues {
  const pairs = CONFIGURED.flatMap(([key, flag]): [string, string][] => {
    const value = ownValue(runtime, key)
    return typeof value === 'number' || typeof value === 'string' ? [[flag, String(value)]] : []
  })
  return Object.fromEntries(pairs)
}

function estimateOfStart(question: Question, runtime: JsonObject): EstimateResult | undefined {
  const { model, engine, tensors } = question
  const snapshot = ownValue(runtime, 'extra_args_snapshot')
  const extraArgs = Array.isArray(snapshot) ? snapshot.filter((one) => typeof one === 'string') : snapshot
  const hasSnapshot = typeof extraArgs === 'string' || Array.isArray(extraArgs)
  const version = ownValue(runtime, 'engine_version')
  const request = buildRequest({
    architecture: question.stated,
    engine,
    gpus: gpusOfStart(question, runtime),
    useMeasured: false,
    flags: engine === 'vllm' ? [{ source: 'runtime', values: configuredFlags(runtime) }] : [],
    ...(typeof version === 'string' ? { engineVersion: { value: version.replace(/^v/, ''), source: 'runtime' } } : {}),
    ...(model === undefined ? {} : { model: hasSnapshot ? { ...model, extra_args: extraArgs } : model }),
    ...(tensors === undefined ? {} : { tensors }),
  })
  const result = request.ok ? estimate(request.value) : request
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
  const times = batch === undefined ? ' tokens' : ` × ${formatInteger(batch)}`
  const size = context === undefined ? '' : `${formatInteger(context)}${times}`
  const when = [
    typeof at === 'string' ? formatDay(at) : undefined,
    `${size}${share === undefined ? '' : ` at ${formatDecimal(share, 2)}`}`.trim(),
    'GiB',
  ]
    .filter(Boolean)
    .join(', ')
  const engine = `${engineLabel(question.engine)}${typeof version === 'string' ? ` ${version}` : ''}`
  return { when, title: `${engine}, ${when}` }
}
