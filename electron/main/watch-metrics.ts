import { stat } from 'node:fs/promises'

interface WatchMetricsOptions {
  /** Where the log is now: it may appear later, beside the registry or in the data folder. */
  readonly find: () => Promise<string>
  readonly everyMs?: number
}

const EVERY_MS = 2000

/**
 * Calls back when the metrics log grows, is replaced or appears. Looks at size and time only: file events are not sent
 * for logs on network drives, and a loader on another computer writes there. Returns the way to stop.
 */
export function watchMetrics({ find, everyMs = EVERY_MS }: WatchMetricsOptions, onChange: () => void): () => void {
  let isStopped = false
  let known: string | undefined
  let timer: NodeJS.Timeout | undefined
  async function look(): Promise<void> {
    const state = await stateOf(await find())
    if (isStopped) return
    if (known !== undefined && known !== state) onChange()
    known = state
    timer = setTimeout(() => void look(), everyMs)
    timer.unref()
  }
  void look()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}

async function stateOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path)
    return `${path}:${size}:${mtimeMs}:${ino}`
  } catch {
    return `${path}: none` // not there (yet): also a state
  }
}
