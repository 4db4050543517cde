import { type Sourced } from '#shared/domain/provenance'
import { GIB } from '#shared/domain/units'
import { type FlagLayer, type OverheadProfile, type PlanGpu } from '#shared/estimator/request'
import { flagValue } from '#shared/runtime/compare-settings'

export interface ProfilePlan {
  readonly gpus: readonly PlanGpu[]
  readonly flags: readonly FlagLayer[]
  readonly engineVersion?: Sourced<string> | undefined
}

/**
 * The profile, where it says something about the plan: what was learned from the starts of one kind of card and release
 * is not carried over to another, so that a machine without data keeps the estimate it has. Profiles made by hand and
 * the built-in ones hold wherever they are chosen. The margin that the settings ask for holds in any case.
 */
export function profileFor(profile: OverheadProfile | undefined, plan: ProfilePlan): OverheadProfile | undefined {
  if (profile === undefined || whyPassedOver(profile, plan) === undefined) return profile
  const { marginBytes } = profile
  return marginBytes === undefined ? undefined : { name: 'default', source: 'settings', marginBytes }
}

/** Two readings of one card differ by a little; the figure in a profile is rounded to whole GiB. */
const SAME_CARD_SHARE = 0.01

/** Why a learned profile says nothing about this plan, to follow "because"; `undefined` where it holds. */
export function whyPassedOver({ learnedFrom: from }: OverheadProfile, plan: ProfilePlan): string | undefined {
  if (from === undefined) return undefined
  const [card] = plan.gpus
  const release = /^v?(\d+\.\d+)/.exec(plan.engineVersion?.value ?? '')?.[1]
  if (card === undefined) return 'no card is known'
  // Where no release is named, the one that runs here is as good as any.
  if (release !== undefined && release !== from.release) return `it was learned with vLLM ${from.release}`
  const gib = card.totalBytes / GIB
  const isSameSize = Math.abs(gib - from.cardGib) <= 0.5 + SAME_CARD_SHARE * gib
  if (!isSameSize) return `it was learned on another card, of ${from.cardGib} GiB`
  if (from.cardName !== undefined && card.name !== undefined && !isSameName(from.cardName, card.name)) {
    return `it was learned on another card, ${from.cardName}`
  }
  if (hasSeveral(plan.flags) === from.severalGpus) return undefined
  return `it was learned on ${from.severalGpus ? 'several GPUs' : 'one GPU'}`
}

function hasSeveral(flags: readonly FlagLayer[]): boolean {
  return ['tensor-parallel-size', 'pipeline-parallel-size'].some((flag) => Number(flagValue(flags, flag)) > 1)
}

/** `NVIDIA H100 80GB HBM3` and `H100 80GB` are one card, `A100` is another. */
function isSameName(left: string, right: string): boolean {
  const words = (name: string): readonly string[] => name.toLowerCase().match(/[a-z]*\d[\w]*/g) ?? []
  const own = new Set(words(left))
  const model = words(right)
  return model.length === 0 || own.size === 0 || model.some((word) => own.has(word) && !/^\d+gb?$/.test(word))
}
