/** A logarithmic slider: positions 0..1000 for values between two bounds. */
export interface LogScale {
  readonly min: number
  readonly max: number
  /** Values are multiples of this, except the bounds themselves. */
  readonly step: number
}

export const POSITIONS = 1000

export function toPosition({ min, max }: LogScale, value: number): number {
  if (max <= min) return POSITIONS
  const share = Math.log2(Math.min(max, Math.max(min, value)) / min) / Math.log2(max / min)
  return Math.round(share * POSITIONS)
}

export function fromPosition(scale: LogScale, position: number): number {
  const { min, max, step } = scale
  if (position >= POSITIONS || max <= min) return max
  if (position <= 0) return min
  const exact = min * (max / min) ** (position / POSITIONS)
  return Math.min(max, Math.max(min, Math.round(exact / step) * step))
}

/** Neighbour by whole steps, kept inside the scale: what an arrow key does. */
export function stepped({ min, max, step }: LogScale, value: number, steps: number): number {
  const base = steps > 0 ? Math.floor(value / step) : Math.ceil(value / step)
  return Math.min(max, Math.max(min, (base + steps) * step))
}

/** Powers of two inside the scale, thinned to at most `most`, with the upper bound last. */
export function tickValues({ min, max }: LogScale, most = 8): readonly number[] {
  const powers: number[] = []
  for (let value = 2 ** Math.ceil(Math.log2(min)); value < max; value *= 2) powers.push(value)
  const every = Math.ceil((powers.length + 1) / most)
  // Counted from the top, so that the ticks below the bound stay evenly spaced.
  const kept = powers.filter((_, index) => (powers.length - index) % every === 0)
  const last = kept.at(-1)
  const crowded = last !== undefined && Math.log2(max / last) < 0.45 * every
  return [...(crowded ? kept.slice(0, -1) : kept), max]
}
