import { type Sourced } from '#shared/domain/provenance'
import { GIB } from '#shared/domain/units'
import { type FlagLayer, type LearnedFrom, type OverheadProfile, type PlanGpu } from '#shared/estimator/request'
import { flagValue } from '#shared/runtime/compare-settings'

export interface ProfilePlan {
  readonly gpus: readonly PlanGpu[]
  readonly flags: readonly FlagLayer[]
  readonly engineVersion?: Sourced<string> | undefined
}

/**
 * The profile, where it says something about the plan: what was learned from the starts of one kind of card and release
 * is not carried over to another, so that a machine without data keeps the estimate it has. Profiles made by hand and
 * the built-in ones hold wherever they are chosen.
 */
export function profileFor(profile: OverheadProfile | undefined, plan: ProfilePlan): OverheadProfile | undefined {
  const { learnedFrom } = profile ?? {}
  return learnedFrom === undefined || isSamePlace(learnedFrom, plan) ? profile : undefined
}

/** Two readings of one card differ by a little; the figure in a profile is rounded to whole GiB. */
const SAME_CARD_SHARE = 0.01

function isSamePlace(from: LearnedFrom, { gpus, flags, engineVersion }: ProfilePlan): boolean {
  const [card] = gpus
  const release = /^v?(\d+\.\d+)/.exec(engineVersion?.value ?? '')?.[1]
  // Where no release is named, the one that runs here is as good as any.
  if (card === undefined || (release !== undefined && release !== from.release)) return false
  const gib = card.totalBytes / GIB
  if (Math.abs(gib - from.cardGib) > 0.5 + SAME_CARD_SHARE * gib) return false
  if (from.cardName !== undefined && card.name !== undefined && !isSameName(from.cardName, card.name)) return false
  return hasSeveral(flags) === from.severalGpus
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
