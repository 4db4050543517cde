import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { Bridge } from '#shared/ipc/bridge'
import { channelNames, eventNames, grantDroppedChannel } from '#shared/ipc/channels'
import type { Reply } from '#shared/ipc/contract'
import type { GrantDroppedOutput } from '#shared/ipc/preload-call'

/** The page gets one function per channel; none of them takes a channel name. */
const calls = Object.fromEntries(
  channelNames.map((channel) => [channel, (input: unknown) => ipcRenderer.invoke(channel, input)]),
)

/** Listeners get the payload only: Electron's event would hand the page a way to `ipcRenderer`. */
const on = Object.fromEntries(
  eventNames.map((name) => [
    name,
    (listener: (payload: unknown) => void) => {
      const forward = (_event: unknown, payload: unknown): void => listener(payload)
      ipcRenderer.on(name, forward)
      return () => {
        ipcRenderer.removeListener(name, forward)
      }
    },
  ]),
)

const bridge = {
  ...calls,
  on: Object.freeze(on),
  grantDropped: async (files: readonly object[]) => {
    // The bridge hands real File objects over; anything else has no path, and the path stays on this side.
    const paths = Array.from(files, (file) => webUtils.getPathForFile(file as File))
    const reply: Reply<GrantDroppedOutput> = await ipcRenderer.invoke(grantDroppedChannel, { paths })
    return reply.ok ? reply.value : paths.map(() => null)
  },
}

// The loops above lose the names in their types; the test of `channels.ts` proves that the lists are complete.
contextBridge.exposeInMainWorld('api', Object.freeze(bridge as unknown as Bridge))
