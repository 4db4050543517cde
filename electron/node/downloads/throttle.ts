import { setTimeout as delay } from 'node:timers/promises'

export type Throttle = (bytes: number, signal: AbortSignal) => Promise<void>

/** Spreads bytes over time so that all who share it stay below the rate together. */
export function createThrottle(bytesPerSecond: number, now: () => number = () => performance.now()): Throttle {
  let freeAt = now()
  return async (bytes, signal) => {
    const start = Math.max(now(), freeAt)
    freeAt = start + (bytes / bytesPerSecond) * 1000
    const wait = start - now()
    if (wait > 1) await delay(wait, undefined, { signal })
  }
}
