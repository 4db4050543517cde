import { type Json, type JsonObject } from '#shared/domain/json'
import { type EngineId } from '#shared/estimator/request'
import { type ObservedStart } from './log-lines/log-reader'

/** One line of the metrics log, in the shape of the contract, section 4. */
export interface MetricsRecord extends JsonObject {
  readonly timestamp: string
  readonly model: string
  readonly backend: string
  readonly served_model_id: string | null
  readonly payload: JsonObject
}

export interface RecordFacts {
  readonly at: Date
  readonly model: string
  readonly engine: EngineId
  readonly servedModelId?: string
  /** Launch flags of the entry; what the log itself states comes first. */
  readonly extraArgs?: readonly string[] | string
  /** `headroom-observe`, `headroom-serve`. */
  readonly source: string
}

/** Puts what was observed into the form in which it is kept. */
export function metricsRecord(start: ObservedStart, facts: RecordFacts): MetricsRecord {
  const extraArgs: Json = start.extraArgs ?? facts.extraArgs ?? []
  return {
    timestamp: facts.at.toISOString().replace('Z', '+00:00'),
    model: facts.model,
    backend: facts.engine,
    served_model_id: start.servedModelId ?? facts.servedModelId ?? null,
    payload: { source: facts.source, extra_args: extraArgs, metrics: start.metrics },
  }
}
