import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { type ModelView } from '#shared/domain/model-view'
import { type TensorSummary } from '#shared/domain/tensors'
import { GIB, gibToBytes } from '#shared/domain/units'
import { engines } from '#shared/estimator/engines/index'
import { estimate } from '#shared/estimator/estimate'
import { type ComparisonRow, compareWithRuntime } from '#shared/estimator/measured-comparison'
import { type EngineId, type FlagValues, type PlanGpu } from '#shared/estimator/request'
import { type EstimateResult } from '#shared/estimator/result'
import { buildRequest } from '#shared/estimator-request/build-request'
import { formatDay } from './dates'
import { formatDecimal, formatInteger, formatSigned } from './numbers'
import { type RefusedStart, refusedStart } from './refused-start'

/** Whose start is compared; the question of the Estimator page is one. */
export interface MeasuredSubject {
  readonly model?: ModelView
  /** As files and registry state it, with `runtime`. */
  readonly stated: ArchitectureMetadata
  readonly tensors?: TensorSummary
  readonly engine: EngineId
  /** `backend`: the engine is the entry's own. */
  readonly engineSource: string
  /** Cards to think of when the start does not name its own. */
  readonly gpus: readonly PlanGpu[]
}

export interface MeasuredColumn {
  /** Name of the row of the comparison: `weights`, `pool`, ... */
  readonly name: string
  readonly label: string
  readonly estimated: string
  readonly measured: string
  readonly error: string
  /** The measured value lies inside the estimate's range; absent when the estimate has none. */
  readonly isInside?: boolean
  /** `bytes` columns are shown in GiB. */
  readonly unit: ComparisonRow['unit']
  /** Key of the runtime record that the measured value comes from. */
  readonly source: string
}

export interface MeasuredView {
  /** `12 Nov, 4,096 × 16 at 0.85, GiB` */
  readonly when: string
  readonly title: string
  /** Empty when a start failed before anything was measured. */
  readonly columns: readonly MeasuredColumn[]
  /** The start did not succeed: what the engine said. */
  readonly refused?: RefusedStart
}

/**
 * The last measured start beside the estimate of that same start: its launch flags, its card, and no measured term.
 * `undefined` when this engine was not measured.
 */
export function measuredView(subject: MeasuredSubject): MeasuredView | undefined {
  const { runtime } = subject.stated
  if (runtime === undefined || !wasMeasuredWith(subject)) return undefined
  const result = estimateOfStart(subject, runtime)
  const columns = result === undefined ? [] : compareWithRuntime(result, runtime).map(columnOf)
  const refused = refusedStart(runtime, subject.engine)
  if (columns.length === 0 && refused === undefined) return undefined
  const head = headline(subject, runtime)
  return { ...head, columns, ...(refused === undefined ? {} : { refused }) }
}

/** `runtime:<engine>` stands in `sources`; older entries do not say, then the entry's own engine is meant. */
function wasMeasuredWith({ stated, engine, engineSource }: MeasuredSubject): boolean {
  const origins = (stated.sources ?? []).filter((origin) => origin.startsWith('runtime:'))
  return origins.length > 0 ? origins.includes(`runtime:${engine}`) : engineSource === 'backend'
}

/** Short heads, so that the strip stays a strip; the others keep their own words. */
const HEADS: Readonly<Record<string, string>> = { cuda_graphs: 'Graphs', pool: 'KV pool', capacity: 'KV tokens' }

function columnOf(row: ComparisonRow): MeasuredColumn {
  const label = HEADS[row.name] ?? row.label
  const { name, unit, source } = row
  const inside = row.isInside === undefined ? {} : { isInside: row.isInside }
  if (row.unit === 'tokens') {
    return {
      name,
      label,
      estimated: formatInteger(row.estimated),
      measured: formatInteger(row.measured),
      error: row.errorShare === undefined ? formatInteger(row.error) : `${formatSigned(100 * row.errorShare, 1)} %`,
      ...inside,
      unit,
      source,
    }
  }
  const estimated = formatDecimal(row.estimated / GIB, 2)
  const measured = formatDecimal(row.measured / GIB, 2)
  // From the figures as shown: the column must add up.
  const error = Number(estimated.replaceAll(',', '')) - Number(measured.replaceAll(',', ''))
  return { name, label, estimated, measured, error: formatSigned(error, 2), ...inside, unit, source }
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

function estimateOfStart(subject: MeasuredSubject, runtime: JsonObject): EstimateResult | undefined {
  const { model, engine, tensors } = subject
  const snapshot = ownValue(runtime, 'extra_args_snapshot')
  const extraArgs = Array.isArray(snapshot) ? snapshot.filter((one) => typeof one === 'string') : snapshot
  const hasSnapshot = typeof extraArgs === 'string' || Array.isArray(extraArgs)
  const version = ownValue(runtime, 'engine_version')
  const request = buildRequest({
    architecture: subject.stated,
    engine,
    gpus: gpusOfStart(subject, runtime),
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
function gpusOfStart(subject: MeasuredSubject, runtime: JsonObject): readonly PlanGpu[] {
  const stated: Json | undefined = ownValue(runtime, 'gpu_memory_gib')
  const list = Array.isArray(stated) ? stated : [stated]
  const cards = list.flatMap((one): PlanGpu[] => {
    const total = isJsonObject(one) ? ownValue(one, 'total') : undefined
    return typeof total === 'number' && total > 0 ? [{ totalBytes: gibToBytes(total), source: 'runtime' }] : []
  })
  return cards.length > 0 ? cards : subject.gpus
}

function headline(subject: MeasuredSubject, runtime: JsonObject): { readonly when: string; readonly title: string } {
  const at = ownValue(runtime, 'observed_at')
  const context =
    numberAt(runtime, 'configured_max_model_len') ??
    numberAt(runtime, 'runtime_context_tokens') ??
    numberAt(runtime, 'failed_max_model_len')
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
  const engine = `${engines[subject.engine].label}${typeof version === 'string' ? ` ${version}` : ''}`
  return { when, title: `${engine}, ${when}` }
}
