import { type Sides } from '#shared/estimator/vllm/calibration'
import { mean, share } from './report'

/**
 * How far a measured value lies from its prediction, counted in half-widths of the model's own range on that side
 * (before calibration): 1 is the end of the range. Rounding of the print is taken off.
 */
export interface Score {
  readonly campaign: string
  readonly side: 'below' | 'above'
  readonly value: number
  /** Widths of the model's own range on both sides, GiB. */
  readonly half: Sides
  /** False for a start that lacks a fact which shapes the prediction: it is judged, but no interval is made from it. */
  readonly calibrates: boolean
}

/** A prediction with its range as shipped, and the factors by which the range was stretched. GiB. */
export interface Judged {
  readonly campaign: string
  readonly measuredGib: number
  readonly lowGib: number
  readonly likelyGib: number
  readonly highGib: number
  readonly factors: Sides
  readonly calibrates: boolean
}

/** Half a unit of the last printed digit, GiB. */
const ROUNDING_GIB = 0.005

export function scoreOf(row: Judged): Score {
  const off = row.measuredGib - row.likelyGib
  const side = off < 0 ? 'below' : 'above'
  const half = {
    below: (row.likelyGib - row.lowGib) / row.factors.below,
    above: (row.highGib - row.likelyGib) / row.factors.above,
  }
  const beyond = Math.max(0, Math.abs(off) - ROUNDING_GIB)
  const { campaign, calibrates } = row
  return { campaign, side, value: beyond === 0 ? 0 : beyond / half[side], half, calibrates }
}

/** What the intervals promise. */
const CONFIDENCE = 0.9

/**
 * Conformal factors: campaigns, not starts, are taken to be exchangeable, so each counts by its worst start. Of n sorted
 * campaigns the ceil(0.9 (n + 1))-th decides; with fewer than nine that is beyond the last, and the last is taken: a new
 * campaign then lies inside with probability n / (n + 1). The model's own range is stretched, never shrunk.
 */
export function conformalFactors(scores: readonly Score[]): Sides {
  return { below: conformalFactor(scores, 'below'), above: conformalFactor(scores, 'above') }
}

function conformalFactor(scores: readonly Score[], side: Score['side']): number {
  const worst = new Map<string, number>()
  for (const score of scores.filter((one) => one.calibrates)) {
    const value = score.side === side ? score.value : 0
    worst.set(score.campaign, Math.max(value, worst.get(score.campaign) ?? 0))
  }
  const sorted = [...worst.values()].toSorted((left, right) => left - right)
  const rank = Math.min(sorted.length, Math.ceil(CONFIDENCE * (sorted.length + 1)))
  return Math.max(1, sorted[rank - 1] ?? 1)
}

export interface HeldOut {
  readonly inside: number
  readonly judged: number
  readonly widthGib: number
}

export function widthGib(score: Score, factors: Sides): number {
  return score.half.below * factors.below + score.half.above * factors.above
}

/** Leave one campaign out: its starts must lie inside the intervals made from all other campaigns. */
export function leaveCampaignOut(scores: readonly Score[]): HeldOut {
  let held = 0
  const widths = scores.map((score) => {
    const factors = conformalFactors(scores.filter((other) => other.campaign !== score.campaign))
    if (score.value <= factors[score.side]) held += 1
    return widthGib(score, factors)
  })
  return { inside: held, judged: scores.length, widthGib: mean(widths) }
}

/** Number of campaigns behind the scores. */
export function campaigns(scores: readonly Score[]): number {
  return new Set(scores.filter((score) => score.calibrates).map((score) => score.campaign)).size
}

export function inside(scores: readonly Score[], factors: Sides): string {
  return share(scores.filter((score) => score.value <= factors[score.side]).length, scores.length)
}
