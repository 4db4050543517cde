/** What the search sees of one candidate: how far inside (or, negative, outside) the limit it lies. */
export interface Trial {
  readonly fits: boolean
  /** Any monotone measure; used only to guess well. */
  readonly slack: number
}

/**
 * Largest whole number in [1, most] that fits, 0 when 1 does not. `trial` must be monotone: once a number does not fit,
 * no larger one does. Starts from `guess` (a closed form), then guesses from the slack (the terms are piecewise linear)
 * and halves when a guess gains little, so that a handful of evaluations suffice (llama-cpp-memory.md, section 3.9).
 */
export function largestFitting(most: number, trial: (candidate: number) => Trial, guess?: number): number {
  if (most < 1) return 0
  const top = trial(most)
  if (top.fits) return most
  const bracket: Bracket = { low: undefined, high: { at: most, slack: top.slack } }
  if (guess !== undefined) tryGuess(bracket, trial, Math.floor(guess))
  if (bracket.low === undefined && bracket.high.at > 1) narrow(bracket, trial, 1)
  if (bracket.low === undefined) return 0
  let isHalving = false
  while (bracket.high.at - bracket.low.at > 1) {
    const before: number = bracket.high.at - bracket.low.at
    const at: number = isHalving ? bracket.low.at + Math.floor(before / 2) : interpolated(bracket.low, bracket.high)
    const isGood = narrow(bracket, trial, at)
    // Creeping up from the good end: the neighbour often settles it.
    if (!isHalving && isGood && bracket.high.at - bracket.low.at > 1) narrow(bracket, trial, bracket.low.at + 1)
    isHalving = bracket.high.at - bracket.low.at > before / 2
  }
  return bracket.low.at
}

interface Point {
  readonly at: number
  readonly slack: number
}

/** `low` fits (undefined: none known to), `high` does not. */
interface Bracket {
  low: Point | undefined
  high: Point
}

function narrow(bracket: Bracket, trial: (candidate: number) => Trial, at: number): boolean {
  const result = trial(at)
  if (result.fits) bracket.low = { at, slack: result.slack }
  else bracket.high = { at, slack: result.slack }
  return result.fits
}

/** A good guess costs two evaluations: it fits, and the next one does not. */
function tryGuess(bracket: Bracket, trial: (candidate: number) => Trial, guess: number): void {
  if (guess >= 1 && guess < bracket.high.at && !narrow(bracket, trial, guess)) return
  const next = Math.max(0, guess) + 1
  if (next < bracket.high.at) narrow(bracket, trial, next)
}

function interpolated(low: Point, high: Point): number {
  const span = low.slack - high.slack
  const share = span > 0 && Number.isFinite(span) ? low.slack / span : 0.5
  const at = low.at + Math.floor(share * (high.at - low.at))
  return Math.min(high.at - 1, Math.max(low.at + 1, at))
}
