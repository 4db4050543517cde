import { mean } from './report'
import { type TermRow } from './vllm-rows'

/** A measured value relative to its prediction, with the constant it depends on and the campaign it comes from. */
export interface Residual {
  readonly kind: string
  readonly group: string
  readonly value: number
  /** GiB of one unit of `value`. */
  readonly scaleGib: number
}

export interface HeldOut {
  readonly inside: number
  readonly judged: number
  /** Starts whose constant has fewer than three starts of other campaigns behind it. */
  readonly tooFew: number
  readonly widthGib: number
}

const FEWEST_OTHERS = 3
/** Half a unit of the last printed digit, GiB. */
const ROUNDING_GIB = 0.005

/**
 * Leave one group out: the interval of every start is made anew from the starts of all other campaigns (smallest to
 * largest deviation, rounding added) and must hold the one left out. Says what an interval made this way is worth on a
 * campaign that nobody has seen; with n others it is expected to hold (n - 1) / (n + 1) of them.
 */
export function leaveGroupOut(residuals: readonly Residual[]): HeldOut {
  let inside = 0
  let tooFew = 0
  const widths: number[] = []
  for (const one of residuals) {
    const others = residuals.filter((other) => other.kind === one.kind && other.group !== one.group)
    if (others.length < FEWEST_OTHERS) {
      tooFew += 1
      continue
    }
    const values = others.map((other) => other.value)
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const rounding = ROUNDING_GIB / one.scaleGib
    if (low - rounding <= one.value && one.value <= high + rounding) inside += 1
    widths.push((high - low) * one.scaleGib)
  }
  return { inside, judged: widths.length, tooFew, widthGib: mean(widths) }
}

/** Measured over likely: fitted constants scale their term. */
export function ratioOf(row: TermRow): Residual {
  const { kind, group, measuredGib, likelyGib } = row
  return { kind, group, value: measuredGib / likelyGib, scaleGib: likelyGib }
}
