import { create } from 'zustand'
import { type HeadroomError } from '#shared/domain/result'
import { type Output, type Reply } from '#shared/ipc/contract'
import { call } from '../api/call'

export type RegistryView = Output<'registry:load'>

interface RegistryState {
  /** `loading` only before the first answer; a refresh keeps what is shown. */
  readonly phase: 'loading' | 'ready' | 'failed'
  readonly view?: RegistryView
  readonly error?: HeadroomError
  readonly refreshing: boolean
}

export const useRegistry = create<RegistryState>(() => ({ phase: 'loading', refreshing: false }))

/** Shows a view that some call returned (load, apply, undo, restore, ...). */
export function showRegistry(view: RegistryView): void {
  useRegistry.setState({ phase: 'ready', view, refreshing: false }, true)
}

/** Reads the registry again, at start and when main reports a change. */
export async function loadRegistry(): Promise<void> {
  useRegistry.setState({ refreshing: true })
  takeReply(await call('registry:load', {}))
}

export function takeReply(reply: Reply<RegistryView>): void {
  if (reply.ok) showRegistry(reply.value)
  else useRegistry.setState((state) => ({ ...state, phase: 'failed', error: reply.error, refreshing: false }), true)
}
