import type { Channel } from '#shared/ipc/contract'

/** How many calls of a kind one window may have under way and waiting; beyond that the call is refused as BUSY. */
interface Lane {
  readonly running: number
  readonly waiting: number
}

const lanes = {
  /** Answers from memory; must never queue behind disk work (a cancel least of all). */
  instant: { running: 64, waiting: 2000 },
  disk: { running: 6, waiting: 500 },
  /** Waits for a hub; must not keep disk work waiting. */
  network: { running: 4, waiting: 200 },
  /** Long work and everything that opens a system dialog: one at a time. */
  single: { running: 1, waiting: 0 },
} satisfies Record<string, Lane>
export type LaneName = keyof typeof lanes

const laneOfChannel: Partial<Record<Channel, LaneName>> = {
  'app:info': 'instant',
  'jobs:cancel': 'instant',
  'clipboard:write': 'instant',
  'registry:choose': 'single',
  'registry:scanFolder': 'single',
  'downloads:stop': 'instant',
  'downloads:lookup': 'network',
  'downloads:inspect': 'network',
  'downloads:add': 'network',
  'downloads:folder': 'single',
  'imports:preview': 'single',
  'imports:run': 'single',
  'files:browse': 'single',
  'files:save': 'single',
  'models:locate': 'single',
  'maintenance:migrate': 'single',
  'maintenance:reconcile': 'single',
}

export function laneOf(channel: string): LaneName {
  // Unlisted channels (the preload's private one among them) read or write files.
  return laneOfChannel[channel as Channel] ?? 'disk'
}

interface Queue {
  running: number
  readonly waiting: (() => void)[]
}

/** Per window and lane. `enter` resolves to the way out, or to nothing when the lane is full. */
export interface LaneKeeper {
  enter(windowId: number, channel: string): Promise<(() => void) | undefined>
  forget(windowId: number): void
}

export function createLaneKeeper(): LaneKeeper {
  const queues = new Map<string, Queue>()

  function leave(queue: Queue): void {
    const next = queue.waiting.shift()
    if (next === undefined) queue.running -= 1
    else next()
  }

  return {
    async enter(windowId, channel) {
      // Each channel of the single lane counts by itself: a dialog does not stop a reconciliation.
      const lane = laneOf(channel)
      const key = `${windowId}:${lane === 'single' ? channel : lane}`
      const queue = queues.get(key) ?? { running: 0, waiting: [] }
      queues.set(key, queue)
      if (queue.running < lanes[lane].running) queue.running += 1
      else if (queue.waiting.length >= lanes[lane].waiting) return undefined
      else await new Promise<void>((resolve) => queue.waiting.push(resolve))
      return () => leave(queue)
    },
    forget(windowId) {
      for (const key of queues.keys()) if (key.startsWith(`${windowId}:`)) queues.delete(key)
    },
  }
}
