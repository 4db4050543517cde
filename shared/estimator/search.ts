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
  const near = guess === undefined ? undefined : nearGuess(most, trial, Math.min(most, Math.max(1, Math.floor(guess))))
  if (near?.answer !== undefined) return near.answer
  const top = near?.top ?? trial(most)
  if (top.fits) return most
  const bracket: Bracket = { low: near?.low, high: near?.high ?? { at: most, slack: top.slack } }
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

interface Near {
  /** Settled without a look at the largest candidate. */
  readonly answer?: number
  readonly top?: Trial
  readonly low?: Point
  readonly high?: Point
}

/** Steps away from a guess that is off: a good one is off by little, a bad one is left to the search. */
const STRIDES = [1, 3, 9] as const

/** A right guess costs two evaluations: it fits, and the next one does not. */
function nearGuess(most: number, trial: (candidate: number) => Trial, guess: number): Near {
  const first = trial(guess)
  if (guess === most) return first.fits ? { answer: most } : { top: first }
  let low = first.fits ? { at: guess, slack: first.slack } : undefined
  let high = first.fits ? undefined : { at: guess, slack: first.slack }
  for (const stride of STRIDES) {
    const at = first.fits ? guess + stride : guess - stride
    if (at > most || at < 1) break
    const { fits, slack } = trial(at)
    if (fits) low = { at, slack }
    else high = { at, slack }
    if (fits !== first.fits) break
  }
  if (low !== undefined && high !== undefined && high.at - low.at === 1) return { answer: low.at }
  // With both ends known the largest candidate is above a refused one: no need to look at it.
  const refused: Trial | undefined = high === undefined ? undefined : { fits: false, slack: high.slack }
  return { ...(refused && { top: refused }), ...(low && { low }), ...(high && { high }) }
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

function interpolated(low: Point, high: Point): number {
  const span = low.slack - high.slack
  const share = span > 0 && Number.isFinite(span) ? low.slack / span : 0.5
  const at = low.at + Math.floor(share * (high.at - low.at))
  return Math.min(high.at - 1, Math.max(low.at + 1, at))
}
