import { combined, wholeBytes } from '../quantity'
import { type Interval } from '../request'

/** By how much each side of a range is stretched. */
export interface Sides {
  readonly below: number
  readonly above: number
}

/**
 * Factors by which the ranges of the memory model are stretched, never shrunk, into 90 % intervals. They are conformal:
 * each side reaches as far as the measured starts of all campaigns (same card, same release), as many of them as the
 * finite-sample rule asks for. `npm run accuracy` derives them again and fails when one is too small (docs/accuracy.md).
 */
export const CALIBRATION = {
  activation: { below: 1, above: 1 },
  nonTorch: { below: 1, above: 1 },
  graphs: { below: 1, above: 1 },
  /** On the root of squares by which the terms' ranges add up. */
  total: { below: 1.3, above: 1 },
} as const satisfies Record<string, Sides>

/** The range around the likely value, each side times its factor. */
export function stretched(interval: Interval, sides: Sides): Interval {
  return {
    low: interval.likely - sides.below * (interval.likely - interval.low),
    likely: interval.likely,
    high: interval.likely + sides.above * (interval.high - interval.likely),
  }
}

/** Sum of a rank's parts inside the budget, with its 90 % interval. Bytes. */
export function summed(parts: readonly Interval[]): Interval {
  return wholeBytes(stretched(combined(parts), CALIBRATION.total))
}
