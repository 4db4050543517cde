import { setTimeout as delay } from 'node:timers/promises'

/** Returns nothing at all where there is no limit: a promise for each chunk would cost more than the chunk. */
export type Throttle = (bytes: number, signal: AbortSignal) => Promise<void> | undefined

/**
 * Spreads bytes over time so that all who share it stay below the rate together. A rate given as a function may change
 * at any time; `undefined` is no limit.
 */
export function createThrottle(
  bytesPerSecond: number | (() => number | undefined),
  now: () => number = () => performance.now(),
): Throttle {
  const rateNow = typeof bytesPerSecond === 'function' ? bytesPerSecond : () => bytesPerSecond
  let freeAt = now()
  return (bytes, signal) => {
    const rate = rateNow()
    if (rate === undefined) return undefined
    const start = Math.max(now(), freeAt)
    freeAt = start + (bytes / rate) * 1000
    const wait = start - now()
    return wait > 1 ? delay(wait, undefined, { signal }) : undefined
  }
}
