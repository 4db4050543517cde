import { ownValue } from '#shared/domain/json'
import { grouped, NOTHING, type Quantity, wholeBytes } from '../quantity'
import { type EstimateRequest } from '../request'
import { type VllmSettings } from './vllm-settings'

export interface DraftPlan {
  readonly bytes: Quantity
  readonly missing: readonly string[]
}

/**
 * Weights of the draft model on one rank of the last stage (memory-models, section 8: they are loaded beside the
 * model's own). A draft whose size is not known is a missing fact, unless the loaded weights were measured with it.
 */
export function planDraft(request: EstimateRequest, settings: VllmSettings, isLast: boolean): DraftPlan {
  const { speculation } = settings
  const isMeasured = request.known.weightsBytes !== undefined && request.known.weightsArePerGpu === true
  if (speculation?.hasOwnWeights !== true || isMeasured || !isLast) return { bytes: NOTHING, missing: [] }
  const name = request.draft?.name ?? speculation.model ?? speculation.method
  const weights = request.draft?.weights
  if (weights === undefined) return { bytes: NOTHING, missing: ['draft_weights_bytes'] }
  const ranks = speculation.draftTensorParallel ?? settings.tensorParallel
  const part = ranks === 1 ? '' : ` / ${ranks}`
  const bytes = wholeBytes({
    low: weights.bytes.low / ranks,
    likely: weights.bytes.likely / ranks,
    // Small models hold more of what every rank holds in full.
    high: (weights.bytes.high / ranks) * (ranks === 1 ? 1.02 : 1.15),
  })
  return {
    bytes: {
      ...bytes,
      formula: () => `draft ${name}: ${grouped(Math.round(weights.bytes.likely))} B${part}`,
      inputs: () => [{ name: 'draft_weights_bytes', value: Math.round(weights.bytes.likely), source: weights.source }],
    },
    missing: [],
  }
}

/** The model that `--speculative-config` names; undefined when it names none or the draft is part of the model. */
export function draftModelOf(config: Readonly<Record<string, unknown>>): string | undefined {
  const model = ownValue(config, 'model')
  return typeof model === 'string' && model !== '' ? model : undefined
}
