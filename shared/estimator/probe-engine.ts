import { ok, type Result } from '#shared/domain/result'
import { type EngineEstimator, type Probe } from './engines/engine'
import { type EstimateRequest } from './request'

/** Fast verdict: the engine's own probe, else the full estimate. */
export function probeEngine(engine: EngineEstimator, request: EstimateRequest): Result<Probe> {
  if (engine.probe !== undefined) return engine.probe(request)
  const result = engine.estimate(request)
  if (!result.ok) return result
  const budget = result.value.per_gpu.reduce((sum, gpu) => sum + gpu.budget_bytes, 0)
  return ok({
    verdict: result.value.verdict,
    slackBytes: budget - result.value.high_bytes,
    likelySlackBytes: budget - result.value.total_bytes,
  })
}
