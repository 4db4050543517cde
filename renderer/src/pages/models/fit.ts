import { type ModelView } from '#shared/domain/model-view'
import { engines } from '#shared/estimator/engines/index'
import { estimate } from '#shared/estimator/estimate'
import { type PlanGpu } from '#shared/estimator/request'
import { buildRequest } from '#shared/estimator-request/build-request'
import { type FitAnswer } from './view-model'

export interface FitQuestion {
  readonly gpu: PlanGpu | undefined
  readonly contextTokens: number
  readonly batch: number
}

/** The estimator's answer for one model, with the launch flags of its entry except context and batch. */
export function fitOf(model: ModelView, { gpu, contextTokens, batch }: FitQuestion): FitAnswer {
  const base = buildRequest({ model, gpus: gpu === undefined ? [] : [gpu] })
  if (!base.ok) return { verdict: 'unknown', binding: base.error.message }
  const { levers } = engines[base.value.engine]
  const limit = model.architecture?.context_length
  const context = limit === undefined ? contextTokens : Math.min(contextTokens, limit)
  const asked = { source: 'page', values: { [levers.context]: String(context), [levers.batch]: String(batch) } }
  const answer = estimate({ ...base.value, flags: [asked, ...base.value.flags] })
  if (!answer.ok) return { verdict: 'unknown', binding: answer.error.message }
  const { verdict, binding, total_bytes: neededBytes } = answer.value
  return verdict === 'unknown' ? { verdict, binding } : { verdict, binding, neededBytes }
}
