import { create } from 'zustand'
import { call } from '../api/call'

interface PendingState {
  /** Models with starts in the metrics log that the registry does not know. */
  readonly models: readonly string[]
}
export const usePending = create<PendingState>(() => ({ models: [] }))

/** Asks for starts that wait to be reconciled; returns those that were not waiting before. */
export async function loadPending(): Promise<readonly string[]> {
  const reply = await call('maintenance:pending', {})
  if (!reply.ok) return []
  const before = usePending.getState().models
  usePending.setState({ models: reply.value.models })
  return reply.value.models.filter((name) => !before.includes(name))
}
