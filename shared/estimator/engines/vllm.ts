import { ok } from '#shared/domain/result'
import { planVllm } from '../vllm/plan'
import { guessContext, planPools } from '../vllm/pool'
import { toResult } from '../vllm/to-result'
import { slackOf, verdictOf } from '../vllm/verdict'
import { type EngineEstimator } from './engine'

/** vLLM's memory model (docs/estimator-vllm.md; source: memory-models.md). */
export const vllm = {
  id: 'vllm',
  label: 'vLLM',
  levers: { context: 'max-model-len', batch: 'max-num-seqs' },
  estimate: (request) => {
    const plan = planVllm(request)
    if (!plan.ok) return plan
    return ok(toResult(plan.value, planPools(plan.value, request), request))
  },
  probe: (request) => {
    const plan = planVllm(request)
    if (!plan.ok) return plan
    const pools = planPools(plan.value, request)
    const slack = slackOf(plan.value, pools)
    if (slack === undefined) return ok({ verdict: 'unknown' })
    const contextGuess = guessContext(plan.value, pools)
    return ok({
      verdict: verdictOf(slack),
      slackBytes: slack.high,
      likelySlackBytes: slack.likely,
      ...(contextGuess === undefined ? {} : { contextGuess }),
    })
  },
  contextStep: (request) => {
    const plan = planVllm(request)
    return plan.ok ? (plan.value.stages[0]?.layout?.blockSize ?? 16) : 16
  },
} as const satisfies EngineEstimator
