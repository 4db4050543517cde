import type { DownloadItem } from '#shared/ipc/downloads'

export interface TaskbarProgress {
  /** 0 to 1; -1 takes the bar away. */
  readonly fraction: number
  readonly mode: 'none' | 'normal' | 'paused' | 'error'
}

type Counted = Pick<DownloadItem, 'state' | 'done_bytes' | 'total_bytes'>

const MODES = [
  ['running', 'normal'],
  ['failed', 'error'],
  ['paused', 'paused'],
] as const

/**
 * How far the downloads are that run. Windows also has colours for those that need somebody or are paused; elsewhere a
 * bar that stands still would only look stuck.
 */
export function taskbarProgress(
  { items }: { readonly items: readonly Counted[] },
  platform: NodeJS.Platform,
): TaskbarProgress {
  for (const [state, mode] of platform === 'win32' ? MODES : MODES.slice(0, 1)) {
    const own = items.filter((item) => item.state === state)
    const total = own.reduce((sum, item) => sum + item.total_bytes, 0)
    const done = own.reduce((sum, item) => sum + item.done_bytes, 0)
    if (total > 0) return { fraction: Math.min(1, done / total), mode }
  }
  return { fraction: -1, mode: 'none' }
}
