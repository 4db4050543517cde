import { type Probe } from './engines/engine'
import { type Trial } from './search'

export type Level = 'fits' | 'tight'

/**
 * A look that can be spared: from a smaller context that was probed, the cache alone grows by more than what was left.
 * Everything else never shrinks with the context.
 */
export function certainMiss(
  seen: ReadonlyMap<number, Probe>,
  asked: { readonly tokens: number; readonly stride: number; readonly level: Level },
): Trial | undefined {
  if (seen.has(asked.tokens)) return undefined
  for (const [tokens, probe] of seen) {
    const strides = (asked.tokens - tokens) / asked.stride
    const left = asked.level === 'fits' ? probe.slackBytes : probe.likelySlackBytes
    if (strides <= 0 || !Number.isInteger(strides) || left === undefined) continue
    const slack = left - strides * (probe.strideBytes ?? 0)
    if (slack < 0) return { fits: false, slack }
  }
  return undefined
}
