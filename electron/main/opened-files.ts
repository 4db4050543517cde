import type { EventPayload } from '#shared/ipc/events'

/** Files from command line, menu or system. They wait until the page has made its first call and thus listens. */
export interface OpenedFiles {
  open(paths: readonly string[]): void
  pageIsReady(windowId: number): void
  pageIsGone(): void
}

export function createOpenedFiles(
  deliver: (windowId: number, path: string) => EventPayload<'files:opened'>,
  send: (windowId: number, payload: EventPayload<'files:opened'>) => void,
): OpenedFiles {
  let waiting: string[] = []
  let readyWindow: number | undefined

  function flush(): void {
    const windowId = readyWindow
    if (windowId === undefined) return
    const paths = waiting
    waiting = []
    for (const path of paths) send(windowId, deliver(windowId, path))
  }

  return {
    open(paths) {
      waiting.push(...paths)
      flush()
    },
    pageIsReady(windowId) {
      readyWindow = windowId
      flush()
    },
    pageIsGone() {
      readyWindow = undefined
    },
  }
}
