import { type Interval } from '../request'

export const zeroInterval: Interval = { low: 0, likely: 0, high: 0 }

/** A figure that is known: no width. */
export function exactly(value: number): Interval {
  return { low: value, likely: value, high: value }
}

export function addIntervals(left: Interval, right: Interval): Interval {
  return { low: left.low + right.low, likely: left.likely + right.likely, high: left.high + right.high }
}

export function sumIntervals(parts: readonly Interval[]): Interval {
  return parts.reduce(addIntervals, zeroInterval)
}

export function scaleInterval(interval: Interval, factor: number): Interval {
  return { low: interval.low * factor, likely: interval.likely * factor, high: interval.high * factor }
}

/** `value` with a band around it, given as factors below and above. */
export function bandAround(value: number, below: number, above: number): Interval {
  return { low: value * below, likely: value, high: value * above }
}

/** Whole bytes: low is rounded down, high up, so that rounding never narrows the interval. */
export function wholeBytes(interval: Interval): Interval {
  return { low: Math.floor(interval.low), likely: Math.round(interval.likely), high: Math.ceil(interval.high) }
}
