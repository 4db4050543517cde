import { type Inspection } from '#shared/domain/inspection'
import { type ModelView } from '#shared/domain/model-view'
import { type Result } from '#shared/domain/result'
import { engines } from '#shared/estimator/engines/index'
import { estimate } from '#shared/estimator/estimate'
import { type EstimateRequest, type OverheadProfile, type PlanGpu } from '#shared/estimator/request'
import { type Verdict } from '#shared/estimator/result'
import { solveContext } from '#shared/estimator/solve'
import { buildRequest } from '#shared/estimator-request/build-request'
import { chooseEngine } from '#shared/estimator-request/engine-of'
import { startBatch, startContextTokens } from '#shared/estimator-request/start-values'

/** The question of the page: where the Estimator starts when nobody states a context or a batch. */
export const ASKED = { contextTokens: startContextTokens, batch: startBatch } as const

export interface HeaderFit {
  readonly verdict: Verdict
  readonly binding: string
  readonly neededBytes?: number
  /** Largest context for one request; absent when nothing useful fits. */
  readonly largestContext?: number
}

export interface FitPlace {
  readonly gpu: PlanGpu | undefined
  /** Overhead profile of the settings. */
  readonly profile: OverheadProfile | undefined
}

/** The estimator's answer for weights that are still on the hub. GGUF runs on llama.cpp, anything else on vLLM. */
export function fitOfHeader(inspection: Inspection, { gpu, profile }: FitPlace): HeaderFit {
  const { architecture, tensors, projector_bytes: projector, format } = inspection
  const base = buildRequest({
    architecture,
    engine: format === 'gguf' ? 'llama.cpp' : 'vllm',
    gpus: gpu === undefined ? [] : [gpu],
    ...(profile === undefined ? {} : { profile }),
    ...(tensors === undefined ? {} : { tensors }),
    ...(projector === undefined ? {} : { projectorBytes: { value: projector, source: 'gguf:projector' } }),
  })
  return fitOf(base, architecture.context_length ?? architecture.max_position_embeddings)
}

/**
 * The same question for an entry of the registry; everything else as its own launch flags say. `others`: all entries; one
 * may be the draft model that its flags name.
 */
export function fitOfModel(
  model: ModelView,
  { gpu, profile, others }: FitPlace & { readonly others: readonly ModelView[] },
): HeaderFit {
  const chosen = chooseEngine({ architecture: model.architecture ?? {}, model })
  const base = buildRequest({
    model,
    engine: chosen.ok ? chosen.value.value : 'vllm',
    gpus: gpu === undefined ? [] : [gpu],
    ...(profile === undefined ? {} : { profile }),
    others,
    ...(model.tensors === undefined ? {} : { tensors: model.tensors }),
    ...(model.projector_bytes === undefined
      ? {}
      : { projectorBytes: { value: model.projector_bytes, source: 'gguf:projector' } }),
  })
  return fitOf(base, model.architecture?.context_length ?? model.architecture?.max_position_embeddings)
}

function fitOf(base: Result<EstimateRequest>, limit: number | undefined): HeaderFit {
  if (!base.ok) return { verdict: 'unknown', binding: base.error.message }
  const { levers } = engines[base.value.engine]
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
