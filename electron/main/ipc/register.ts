import { ipcMain } from 'electron'
import { grantDroppedChannel } from '#shared/ipc/channels'
import { contract } from '#shared/ipc/contract'
import { grantDroppedCall } from '#shared/ipc/preload-call'
import { createDispatcher, type DispatchOptions, type Endpoint } from './dispatch'
import type { Handlers, PreloadHandlers } from './handlers/handlers'

/** Serves the whole contract. Nothing else in the program listens to a window. */
export function registerIpc(handlers: Handlers & PreloadHandlers, options: DispatchOptions): void {
  for (const [channel, schemas] of Object.entries(contract)) {
    // The handlers type is total over the contract, so the name is always there.
    serve(channel, { ...schemas, handle: handlers[channel as keyof Handlers] as Endpoint['handle'] }, options)
  }
  serve(grantDroppedChannel, { ...grantDroppedCall, handle: handlers[grantDroppedChannel] }, options)
}

function serve(channel: string, endpoint: Endpoint, options: DispatchOptions): void {
  ipcMain.handle(channel, createDispatcher(channel, endpoint, options))
}
