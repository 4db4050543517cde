/** An answer of an earlier batch: the largest context in tokens. */
export interface Answered {
  readonly batch: number
  readonly tokens: number
}

/**
 * Where the answer for `batch` should lie, from the last two answers. Memory is used up by `batch x context x a + context
 * x b`, so that the inverse of the context is a straight line over the batch. `undefined` with fewer than two answers.
 */
export function expectedContext(answered: readonly Answered[], batch: number): number | undefined {
  const [before, last] = answered.slice(-2)
  if (before === undefined || last === undefined || before.tokens <= 0 || last.tokens <= 0) return undefined
  const slope = (1 / last.tokens - 1 / before.tokens) / (last.batch - before.batch)
  const inverse = 1 / last.tokens + slope * (batch - last.batch)
  return Number.isFinite(inverse) && inverse > 0 ? 1 / inverse : undefined
}
