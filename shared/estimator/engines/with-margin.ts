import { type Sourced } from '#shared/domain/provenance'
import { ok, type Result } from '#shared/domain/result'
import { inWords } from '../quantity'
import { type EstimateRequest } from '../request'
import { type EstimateResult } from '../result'
import { type EngineEstimator, type Probe } from './engine'

/**
 * The engine, with the answer *fits* only where the asked margin is spare at the high end on every card; between doubt
 * and margin it is *tight*. Without a margin nothing changes. The estimate states the margin among its inputs.
 */
export function withMargin(engine: EngineEstimator): EngineEstimator {
  const probe = engine.probe
  if (probe === undefined) return engine
  return {
    ...engine,
    estimate: (request) => estimateWithMargin(engine, probe, request),
    probe(request) {
      const found = probe(request)
      const margin = marginOf(request)?.value ?? 0
      return found.ok && margin > 0 ? ok(narrowed(found.value, margin)) : found
    },
  }
}

function estimateWithMargin(
  engine: EngineEstimator,
  probe: NonNullable<EngineEstimator['probe']>,
  request: EstimateRequest,
): Result<EstimateResult> {
  const result = engine.estimate(request)
  const margin = marginOf(request)
  if (!result.ok || margin === undefined || margin.value <= 0) return result
  const stated = { ...result.value, inputs: { ...result.value.inputs, extra_margin_bytes: { ...margin } } }
  const found = probe(request)
  const slack = found.ok ? found.value.slackBytes : undefined
  if (stated.verdict !== 'fits' || slack === undefined || slack >= margin.value) return ok(stated)
  const binding = `${inWords(slack)} to spare at the high end, less than the margin of ${inWords(margin.value)} that is asked for`
  return ok({ ...stated, verdict: 'tight', binding })
}

/** Asked for this estimate, else by the settings that chose the profile. */
function marginOf({ marginBytes, profile }: EstimateRequest): Sourced<number> | undefined {
  if (marginBytes !== undefined || profile?.marginBytes === undefined) return marginBytes
  return { value: profile.marginBytes, source: 'settings' }
}

/** The closed-form guess of where to look is that of no margin: near enough to begin. */
function narrowed(found: Probe, margin: number): Probe {
  if (found.slackBytes === undefined) return found
  const slackBytes = found.slackBytes - margin
  return { ...found, slackBytes, verdict: found.verdict === 'fits' && slackBytes < 0 ? 'tight' : found.verdict }
}
