import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { GIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { solveContext, withFlags } from '#shared/estimator/solve'
import { type MeasuredCase, numberOf, quantile } from './cases'
import { flagsOf, gpusOf, knownFrom, requestOf } from './vllm-replay'

/** Layout name for the table. */
export function layoutName(architecture: ArchitectureMetadata): string {
  const kinds = new Set((architecture.layer_groups ?? []).filter((g) => g.kind !== 'none').map((g) => g.kind))
  if (kinds.has('mla')) return 'mla'
  if ([...kinds].some((kind) => ['linear_attention', 'mamba', 'recurrent', 'short_conv'].includes(kind))) return 'state'
  if (kinds.has('sliding_attention') || kinds.has('chunked_attention')) return 'sliding'
  return 'full'
}

export interface CapacityRow {
  readonly id: string
  readonly layout: string
  readonly measured: number
  readonly predicted: number
  /** Relative error in percent; 0 when the printed pool's rounding explains the difference. */
  readonly errorPercent: number
  readonly isWithinRounding: boolean
  readonly plainErrorPercent: number
}

/** Capacity given the measured pool: printed tokens, else printed concurrency. */
export function capacityRow(measured: MeasuredCase): CapacityRow | string {
  const pool = numberOf(measured.logged, 'available_kv_gib')
  const architecture = measured.architecture
  if (architecture === null || architecture === undefined) return 'no architecture in the case'
  if (pool === undefined || pool <= 0) return 'no positive pool printed'
  const tokens = numberOf(measured.logged, 'kv_cache_tokens')
  const concurrency = numberOf(measured.logged, 'max_concurrency')
  const target = tokens ?? concurrency
  if (target === undefined) return 'neither tokens nor concurrency printed'
  const predict = (gib: number): number => {
    const known = { availableKvBytes: { value: Math.round(gib * GIB), source: 'flag' } }
    const result = estimate(requestOf(measured, known))
    if (!result.ok) throw new Error(`${measured.id}: ${result.error.message}`)
    return tokens === undefined ? result.value.kv.max_concurrency : result.value.kv.capacity_tokens
  }
  const predicted = predict(pool)
  const rounding = tokens === undefined ? 0.005 : 0
  const isWithinRounding = predict(pool - 0.005) - rounding <= target && target <= predict(pool + 0.005) + rounding
  const plain = plainTokens(architecture, { poolBytes: pool * GIB, tensorParallel: tensorParallelOf(measured) })
  const plainTarget = tokens ?? (concurrency ?? 0) * (numberOf(measured.logged, 'max_concurrency_at_tokens') ?? 0)
  return {
    id: measured.id,
    layout: layoutName(architecture),
    measured: target,
    predicted,
    errorPercent: (100 * (predicted - target)) / target,
    isWithinRounding,
    plainErrorPercent: plainTarget === 0 ? Number.NaN : (100 * (plain - plainTarget)) / plainTarget,
  }
}

function tensorParallelOf(measured: MeasuredCase): number {
  return numberOf(measured.args, 'tensor_parallel_size') ?? 1
}

/** Peer: 2 x layers x kv_heads x head_dim x 2 B, divided by the ranks. */
function plainTokens(
  architecture: ArchitectureMetadata,
  input: { readonly poolBytes: number; readonly tensorParallel: number },
): number {
  const heads = architecture.num_kv_heads ?? 0
  const dim = architecture.head_dim ?? (architecture.hidden_size ?? 0) / (architecture.num_attention_heads ?? 1)
  return input.poolBytes / ((2 * (architecture.num_layers ?? 0) * heads * dim * 2) / input.tensorParallel)
}

export interface PoolRow {
  readonly id: string
  readonly gpus: number
  readonly measuredGib: number
  readonly errorGib: number
  readonly isCovered: boolean
  readonly widthGib: number
  readonly olderErrorGib: number
}

/** Fragmentation factor and overhead of the older project's formula: everything times one factor. */
const OLDER_FRAGMENTATION = 1.15

/** Pool from scratch, weights known. */
export function poolRow(measured: MeasuredCase): PoolRow | string {
  const pool = numberOf(measured.logged, 'available_kv_gib')
  const weights = numberOf(measured.logged, 'model_loading_gib')
  const gpus = gpusOf(measured)
  const architecture = measured.architecture
  if (pool === undefined || weights === undefined) return 'weights or pool not printed'
  if (gpus.length === 0) return 'card size unknown'
  if (architecture === null || architecture === undefined) return 'no architecture in the case'
  const residual = numberOf(measured, 'identity_residual_gib')
  if (residual !== undefined && Math.abs(residual) > 0.5) {
    return `the terms of the log itself do not add up to its budget (${measured.id}: a setting is not shown)`
  }
  const request = requestOf(measured, knownFrom(measured, ['weightsBytes']))
  const result = estimate(request)
  if (!result.ok) throw new Error(`${measured.id}: ${result.error.message}`)
  const value = result.value
  if (value.verdict === 'unknown') return `unknown: ${value.missing.join(', ')}`
  const [gpu] = value.per_gpu
  if (gpu === undefined) return 'no GPU'
  const ranks = value.per_gpu.length
  const needed = value.kv.needed_bytes * ranks
  const likely = (gpu.budget_bytes - (value.total_bytes - needed) / ranks) / GIB
  const low = (gpu.budget_bytes - (value.high_bytes - needed) / ranks) / GIB
  const high = (gpu.budget_bytes - (value.low_bytes - needed) / ranks) / GIB
  return {
    id: measured.id,
    gpus: ranks,
    measuredGib: pool,
    errorGib: likely - pool,
    isCovered: low - 0.005 <= pool && pool <= high + 0.005,
    widthGib: high - low,
    olderErrorGib: gpu.budget_bytes / GIB / OLDER_FRAGMENTATION - weights - pool,
  }
}

export interface ActivationRow {
  readonly id: string
  readonly measuredGib: number
  readonly errorPercent: number
  readonly isCovered: boolean
}

export function activationRow(measured: MeasuredCase): ActivationRow | string {
  const peak = numberOf(measured.logged, 'peak_activation_gib')
  if (peak === undefined) return 'no peak printed'
  if (measured.architecture === null || measured.architecture === undefined) return 'no architecture in the case'
  const result = estimate(requestOf(measured, knownFrom(measured, ['weightsBytes'])))
  if (!result.ok) throw new Error(`${measured.id}: ${result.error.message}`)
  const term = result.value.terms.find((one) => one.name === 'activation')
  const vision = result.value.terms.find((one) => one.name === 'vision')
  if (term === undefined) return 'vocabulary or hidden size not in the case'
  const ranks = Math.max(1, result.value.per_gpu.length)
  const predicted = (term.bytes + (vision?.bytes ?? 0)) / ranks / GIB
  const low = (term.low_bytes + (vision?.low_bytes ?? 0)) / ranks / GIB
  const high = (term.high_bytes + (vision?.high_bytes ?? 0)) / ranks / GIB
  return {
    id: measured.id,
    measuredGib: peak,
    errorPercent: (100 * (predicted - peak)) / peak,
    isCovered: low - 0.005 <= peak && peak <= high + 0.005,
  }
}

export interface OutcomeRow {
  readonly id: string
  readonly started: boolean
  readonly predictedStart: boolean
  /** The engine's suggested maximum and ours, in tokens, when it printed one. */
  readonly suggested?: number
  readonly solved?: number
  readonly block?: number
}

/** Started or refused, replayed with every term that the log prints; refusals also with the suggested maximum. */
export function outcomeRow(measured: MeasuredCase): OutcomeRow | string {
  if (measured.outcome !== 'started' && measured.outcome !== 'failed') return `outcome is "${measured.outcome ?? ''}"`
  const architecture = measured.architecture
  if (architecture === null || architecture === undefined) return 'no architecture in the case'
  const terms = ['weightsBytes', 'activationBytes', 'nonTorchBytes', 'graphBytes', 'availableKvBytes'] as const
  const known = knownFrom(measured, terms)
  const request = requestOf(measured, known)
  const result = estimate(request)
  if (!result.ok) throw new Error(`${measured.id}: ${result.error.message}`)
  if (result.value.missing.length > 0) return `unknown: ${result.value.missing.join(', ')}`
  const started = measured.outcome === 'started'
  const row = { id: measured.id, started, predictedStart: result.value.kv.max_concurrency >= 1 }
  const suggested = numberOf(measured.failure, 'estimated_max_len')
  if (suggested === undefined) return row
  const { 'max-model-len': _length, ...flags } = flagsOf(measured)
  const solved = solveContext(withFlags({ ...request, flags: [{ source: 'flag', values: flags }] }, {}), 1)
  return solved.ok ? { ...row, suggested, solved: solved.value.max_model_len, block: result.value.kv.block_size } : row
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5) ?? Number.NaN
}
