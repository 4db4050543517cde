import { fail } from '#shared/domain/result'
import { type Bridge } from '#shared/ipc/bridge'
import { type Channel, type Input, type Output, type Reply } from '#shared/ipc/contract'
import { type EventName, type EventPayload } from '#shared/ipc/events'

declare global {
  interface Window {
    /** Put there by the preload script; frozen. */
    readonly api: Bridge
  }
}

/** Asks main. A rejection (refused sender, main gone) becomes an error value like every other failure. */
export async function call<C extends Channel>(channel: C, input: Input<C>): Promise<Reply<Output<C>>> {
  try {
    // TypeScript cannot follow one generic channel through the mapped type; Bridge has exactly this shape.
    const invoke = window.api[channel] as (input: Input<C>) => Promise<Reply<Output<C>>>
    return await invoke(input)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return fail('INTERNAL', `The call ${channel} failed: ${message}`, { hint: 'Restart Headroom if this repeats.' })
  }
}

/** Subscribes to a message from main; returns the way to stop. */
export function listen<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void {
  return window.api.on[event](listener)
}

/** Exchanges dropped files for tokens; `null` where the system gives no path. */
export function grantDropped(files: readonly File[]): Promise<readonly ({ token: string; label: string } | null)[]> {
  return window.api.grantDropped(files)
}
