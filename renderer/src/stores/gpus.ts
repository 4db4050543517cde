import { create } from 'zustand'
import { type Gpu } from '#shared/domain/hardware'
import { call } from '../api/call'

interface GpuState {
  readonly phase: 'loading' | 'ready'
  readonly detected: readonly Gpu[]
  /** Why nothing was detected, in words. */
  readonly problem?: string
}

export const useGpus = create<GpuState>(() => ({ phase: 'loading', detected: [] }))

/** Asks the driver again. A failure leaves no card and says why. */
export async function loadGpus(): Promise<void> {
  const reply = await call('gpus:list', {})
  if (!reply.ok) {
    const problem = [reply.error.message, reply.error.hint].filter(Boolean).join(' ')
    return useGpus.setState({ phase: 'ready', detected: [], problem }, true)
  }
  const { gpus, problem } = reply.value
  useGpus.setState({ phase: 'ready', detected: gpus, ...(problem === undefined ? {} : { problem }) }, true)
}
