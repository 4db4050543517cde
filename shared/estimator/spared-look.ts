import { type Probe } from './engines/engine'
import { type Trial } from './search'

export type Level = 'fits' | 'tight'

/**
 * A look that can be spared: from a smaller context that was probed, the cache alone grows by more than what was left
 * and what working memory may give back.
 */
export function certainMiss(
  seen: ReadonlyMap<number, Probe>,
  asked: { readonly tokens: number; readonly stride: number; readonly level: Level },
): Trial | undefined {
  if (seen.has(asked.tokens)) return undefined
  for (const [tokens, probe] of seen) {
    const strides = (asked.tokens - tokens) / asked.stride
    const left = asked.level === 'fits' ? probe.slackBytes : probe.likelySlackBytes
    if (strides <= 0 || !Number.isInteger(strides) || left === undefined || probe.growth === undefined) continue
    const slack = left - strides * probe.growth.strideBytes + probe.growth.shrinkBytes
    if (slack < 0) return { fits: false, slack }
  }
  return undefined
}

/** A guess put right by what is left there, and by how much the cache grows with each stride. Steps. */
export function corrected(
  guess: number,
  input: { readonly last: number; readonly level: Level; readonly at: (steps: number) => Probe },
): number {
  const steps = Math.min(input.last, Math.max(1, Math.floor(guess)))
  const probe = input.at(steps)
  const left = input.level === 'fits' ? probe.slackBytes : probe.likelySlackBytes
  if (left === undefined || probe.growth === undefined || probe.growth.strideBytes <= 0) return guess
  return Math.min(input.last, Math.max(1, steps + Math.floor(left / probe.growth.strideBytes)))
}
