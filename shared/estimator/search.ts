/** What the search sees of one candidate: how far inside (or, negative, outside) the limit it lies. */
export interface Trial {
  readonly fits: boolean
  /** Any monotone measure; used only to guess well. */
  readonly slack: number
}

/**
 * Largest whole number in [1, most] that fits, 0 when 1 does not. `trial` must be monotone: once a number does not fit,
 * no larger one does. Guesses from the slack (the terms are piecewise linear) and bisects when a guess gains little, so
 * that a handful of evaluations suffice (llama-cpp-memory.md, section 3.9).
 */
export function largestFitting(most: number, trial: (candidate: number) => Trial): number {
  if (most < 1) return 0
  const top = trial(most)
  if (top.fits) return most
  if (most === 1) return 0
  const bottom = trial(1)
  if (!bottom.fits) return 0
  let low = { at: 1, slack: bottom.slack }
  let high = { at: most, slack: top.slack }
  let isBisecting = false
  while (high.at - low.at > 1) {
    const before = high.at - low.at
    const at = isBisecting ? low.at + Math.floor(before / 2) : guess(low, high)
    const result = trial(at)
    if (result.fits) low = { at, slack: result.slack }
    else high = { at, slack: result.slack }
    // Creeping from one side: probe the neighbour of the good end next, then halve.
    if (!isBisecting && result.fits && high.at - low.at > 1) {
      const next = trial(low.at + 1)
      if (!next.fits) return low.at
      low = { at: low.at + 1, slack: next.slack }
    }
    isBisecting = high.at - low.at > before / 2
  }
  return low.at
}

interface Point {
  readonly at: number
  readonly slack: number
}

function guess(low: Point, high: Point): number {
  const span = low.slack - high.slack
  const share = span > 0 && Number.isFinite(span) ? low.slack / span : 0.5
  const at = low.at + Math.floor(share * (high.at - low.at))
  return Math.min(high.at - 1, Math.max(low.at + 1, at))
}
