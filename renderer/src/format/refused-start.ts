import { type JsonObject, ownValue } from '#shared/domain/json'
import { engines } from '#shared/estimator/engines/index'
import { type EngineId } from '#shared/estimator/request'

/** A recorded start that did not succeed, as the engine itself tells it. */
export interface RefusedStart {
  /** `vLLM 0.11.0 refused this start`; "failed at" where it only died. */
  readonly headline: string
  /** The engine's own sentence: foreign text. */
  readonly sentence: string
  /** Largest context in tokens that the engine itself named. */
  readonly maximumTokens?: number
}

/** Failures that are a decision of vLLM; every other one is a death. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'needed_gt_available',
  'max_seq_len_gt_kv',
  'free_memory_lt_requested',
  'no_available_memory',
  'mamba_slots',
  'derived_len',
  'batch_lt_len',
])

/** What a runtime record (`metadata.architecture.runtime`) says of a failed start; `undefined` when it succeeded. */
export function refusedStart(runtime: JsonObject, engine: EngineId): RefusedStart | undefined {
  const sentence = ownValue(runtime, 'failure')
  if (typeof sentence !== 'string' || sentence.trim() === '') return undefined
  const kind = ownValue(runtime, 'failure_kind')
  const version = ownValue(runtime, 'engine_version')
  const who = `${engines[engine].label}${typeof version === 'string' ? ` ${version.replace(/^v/, '')}` : ''}`
  const maximumTokens = maximumOf(runtime, kind)
  return {
    headline: REFUSALS.has(kind) ? `${who} refused this start` : `${who} failed at this start`,
    sentence: sentence.trim(),
    ...(maximumTokens === undefined ? {} : { maximumTokens }),
  }
}

/** vLLM estimates a length; before it did, it named the tokens that the pool holds, which no request may exceed. */
function maximumOf(runtime: JsonObject, kind: unknown): number | undefined {
  const estimated = tokensAt(runtime, 'estimated_max_model_len')
  if (estimated !== undefined) return estimated
  if (kind === 'max_seq_len_gt_kv') return tokensAt(runtime, 'kv_cache_tokens')
  return kind === 'derived_len' ? tokensAt(runtime, 'derived_max_model_len') : undefined
}

function tokensAt(runtime: JsonObject, key: string): number | undefined {
  const value = ownValue(runtime, key)
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}
