/** Seconds over which a rate is smoothed. */
const TIME_CONSTANT_MS = 5_000
/** Samples closer together say more about buffers than about the network. */
const LEAST_INTERVAL_MS = 250

/** A longer pause between samples was no transfer: the computer slept, or its clock was set. */
const LONGEST_INTERVAL_MS = 60_000

/** A smoothed rate. `add` takes the time in milliseconds and a byte count that grows; another stage starts over. */
export function createRateMeter(): { add(atMs: number, stage: string, bytes: number): number | undefined } {
  let start: { at: number; stage: string; bytes: number } | undefined
  let rate: number | undefined
  return {
    add(at, stage, bytes) {
      const hasJumped = start !== undefined && (at < start.at || at - start.at > LONGEST_INTERVAL_MS)
      if (start === undefined || start.stage !== stage || bytes < start.bytes || hasJumped) {
        start = { at, stage, bytes }
        rate = undefined
        return undefined
      }
      const elapsed = at - start.at
      if (elapsed < LEAST_INTERVAL_MS) return rate
      const current = ((bytes - start.bytes) / elapsed) * 1000
      const weight = 1 - Math.exp(-elapsed / TIME_CONSTANT_MS)
      rate = rate === undefined ? current : rate + (current - rate) * weight
      start = { at, stage, bytes }
      return rate
    },
  }
}
