import { create } from 'zustand'
import { type HeadroomError } from '#shared/domain/result'
import { type Leftover } from '#shared/ipc/downloads'
import { call } from '../api/call'
import { formatSize } from '../format/numbers'
import { showError, showToast } from './toasts'

interface LeftoversState {
  /** Absent before the first answer. */
  readonly items?: readonly Leftover[]
  readonly error?: HeadroomError
  readonly busy: boolean
}
export const useLeftovers = create<LeftoversState>(() => ({ busy: false }))

/** What unfinished and refused downloads left on the disk. */
export async function loadLeftovers(): Promise<void> {
  const reply = await call('downloads:leftovers', {})
  if (reply.ok) useLeftovers.setState({ items: reply.value, busy: false }, true)
  else useLeftovers.setState({ error: reply.error, busy: false })
}

/** Removes them; what the queue or another program still uses stays. */
export async function cleanLeftovers(ids: readonly string[]): Promise<void> {
  useLeftovers.setState({ busy: true })
  const reply = await call('downloads:clean', { ids: [...ids] })
  useLeftovers.setState({ busy: false })
  if (!reply.ok) return void showError(reply.error)
  const { leftovers, freed_bytes: freed } = reply.value
  useLeftovers.setState({ items: leftovers, busy: false }, true)
  const kept = leftovers.filter(({ id }) => ids.includes(id)).length
  const stays =
    kept === 0 ? '' : kept === 1 ? ' One stays: it is still in use.' : ` ${kept} stay: they are still in use.`
  showToast({ kind: 'ok', text: `${formatSize(freed)} freed.${stays}` })
}
