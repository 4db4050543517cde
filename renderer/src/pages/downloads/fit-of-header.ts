import { type Inspection } from '#shared/domain/inspection'
import { engines } from '#shared/estimator/engines/index'
import { estimate } from '#shared/estimator/estimate'
import { type PlanGpu } from '#shared/estimator/request'
import { type Verdict } from '#shared/estimator/result'
import { solveContext } from '#shared/estimator/solve'
import { buildRequest } from '#shared/estimator-request/build-request'

/** The question of the page: where the Estimator starts when nobody states a context or a batch. */
export const ASKED = { contextTokens: 8192, batch: 1 } as const

export interface HeaderFit {
  readonly verdict: Verdict
  readonly binding: string
  readonly neededBytes?: number
  /** Largest context for one request; absent when nothing useful fits. */
  readonly largestContext?: number
}

/** The estimator's answer for weights that are still on the hub. GGUF runs on llama.cpp, anything else on vLLM. */
export function fitOfHeader(inspection: Inspection, gpu: PlanGpu | undefined): HeaderFit {
  const { architecture, tensors, projector_bytes: projector, format } = inspection
  const engine = format === 'gguf' ? 'llama.cpp' : 'vllm'
  const base = buildRequest({
    architecture,
    engine,
    gpus: gpu === undefined ? [] : [gpu],
    ...(tensors === undefined ? {} : { tensors }),
    ...(projector === undefined ? {} : { projectorBytes: { value: projector, source: 'gguf:projector' } }),
  })
  if (!base.ok) return { verdict: 'unknown', binding: base.error.message }
  const { levers } = engines[engine]
  const limit = architecture.context_length ?? architecture.max_position_embeddings
  const context = Math.min(ASKED.contextTokens, limit ?? ASKED.contextTokens)
  const values = { [levers.context]: String(context), [levers.batch]: String(ASKED.batch) }
  const request = { ...base.value, flags: [{ source: 'page', values }, ...base.value.flags] }
  const answer = estimate(request)
  if (!answer.ok) return { verdict: 'unknown', binding: answer.error.message }
  const { verdict, binding, total_bytes: neededBytes } = answer.value
  if (verdict === 'unknown') return { verdict, binding, ...(neededBytes > 0 ? { neededBytes } : {}) }
  const solved = solveContext(request, ASKED.batch)
  const largest = solved.ok ? solved.value.max_model_len : 0
  return { verdict, binding, neededBytes, ...(largest > 0 ? { largestContext: largest } : {}) }
}
