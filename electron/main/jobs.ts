import { fail, ok, type Result } from '#shared/domain/result'

export interface Job {
  readonly signal: AbortSignal
  /** Must be called when the work has ended, however it ended. */
  readonly finish: () => void
}

/** Long work that a window has started. Names are the page's own, so they count per window. */
export interface Jobs {
  start(windowId: number, name: string): Result<Job>
  /** False when no such job runs (any more). */
  cancel(windowId: number, name: string): boolean
  cancelAll(windowId?: number): void
  readonly running: number
}

export function createJobs(): Jobs {
  const running = new Map<string, AbortController>()
  const keyOf = (windowId: number, name: string): string => `${windowId}:${name}`
  return {
    start(windowId, name) {
      const key = keyOf(windowId, name)
      if (running.has(key))
        return fail('BUSY', 'This work is already under way.', { hint: 'Wait for it or cancel it.' })
      const controller = new AbortController()
      running.set(key, controller)
      return ok({ signal: controller.signal, finish: () => running.delete(key) })
    },
    cancel(windowId, name) {
      const controller = running.get(keyOf(windowId, name))
      controller?.abort()
      return controller !== undefined
    },
    cancelAll(windowId) {
      const prefix = windowId === undefined ? '' : `${windowId}:`
      for (const [key, controller] of running) if (key.startsWith(prefix)) controller.abort()
    },
    get running() {
      return running.size
    },
  }
}
