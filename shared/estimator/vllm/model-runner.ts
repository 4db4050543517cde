import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type Speculation } from './option-groups'
import { type VllmRules } from './rules'

/** Which of vLLM's model runners profiles the start: `either` where the release alone does not say. */
export type ModelRunner = 'v1' | 'v2' | 'either'

/** Dense families that start with the V2 runner when they are not quantised (vLLM `config/vllm.py`, 0.23 and later). */
const V2_FAMILIES = new Set(['llama', 'mistral', 'qwen3'])
/** Families that joined in 0.24. */
const LATER_V2_FAMILIES = new Set(['qwen2_moe', 'deepseek_v2', 'granitemoe'])

/**
 * The V2 runner (0.23 and later) takes no graph estimate from the budget and has a higher activation peak. Quantised
 * models and other families stay with the first one until late releases, in which V2 becomes the default of all.
 */
export function modelRunnerOf(
  architecture: ArchitectureMetadata,
  input: {
    /** What `VLLM_USE_V2_MODEL_RUNNER` says. */
    readonly asked: boolean | undefined
    readonly rules: VllmRules
    readonly speculation: Speculation | undefined
    readonly quantization: string | undefined
  },
): ModelRunner {
  const { v2Runner } = input.rules
  if (v2Runner === 'none') return 'v1'
  if (input.asked !== undefined) return input.asked ? 'v2' : 'v1'
  // DSpark exists in the V2 runner only.
  if (input.speculation?.method === 'dspark') return 'v2'
  const family = architecture.family?.toLowerCase() ?? ''
  const isQuantised = (architecture.quantization ?? 'none') !== 'none' || input.quantization !== undefined
  const isListed = V2_FAMILIES.has(family) || (v2Runner !== 'first' && LATER_V2_FAMILIES.has(family))
  if (isListed && !isQuantised && architecture.vision === undefined) return v2Runner === 'first' ? 'either' : 'v2'
  return v2Runner === 'default' ? 'either' : 'v1'
}
