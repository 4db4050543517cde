import { create } from 'zustand'
import { type HeadroomError } from '#shared/domain/result'
import { type Output } from '#shared/ipc/contract'
import { call } from '../api/call'
import { showRegistry } from './registry'
import { closeActionToasts, showError, showToast } from './toasts'

export type HistoryItem = Output<'registry:history'>[number]

interface UndoState {
  /** An undo that met a later change: the person decides. */
  readonly asked?: { readonly item: HistoryItem; readonly error: HeadroomError }
  readonly busy: boolean
}
export const useUndo = create<UndoState>(() => ({ busy: false }))

interface UndoOptions {
  /** The change that the person saw; the newest one when absent. */
  readonly expected?: string
  readonly choice?: 'exact' | 'keep_others'
}

/** Takes back the newest change. When something else changed since, nothing is written and the choices are shown. */
export async function undoChange(options: UndoOptions = {}): Promise<void> {
  useUndo.setState({ busy: true })
  const reply = await call('registry:undo', { ...options })
  useUndo.setState({ busy: false })
  if (reply.ok) {
    closeUndo()
    showRegistry(reply.value.view)
    // Offers to undo what is undone now would mislead.
    closeActionToasts()
    showToast({ kind: 'ok', text: `Taken back: ${reply.value.restored.description}.` })
    return
  }
  const item = reply.error.code === 'CONFLICT' && options.choice === undefined ? await newestChange() : undefined
  if (item === undefined || (options.expected !== undefined && item.id !== options.expected)) {
    closeUndo()
    showError(reply.error)
  } else useUndo.setState({ asked: { item, error: reply.error } })
}

/** Restores the backup that was made before the change: later changes of its file go too. */
export async function restoreBackupOf(item: HistoryItem): Promise<void> {
  if (item.backup === undefined) return
  const reply = await call('registry:restore', { name: item.backup })
  closeUndo()
  if (!reply.ok) return void showError(reply.error)
  showRegistry(reply.value)
  showToast({ kind: 'ok', text: `Restored ${item.backup}.` })
}

export function closeUndo(): void {
  useUndo.setState({ busy: false }, true)
}

async function newestChange(): Promise<HistoryItem | undefined> {
  const history = await call('registry:history', {})
  return history.ok ? history.value.find((item) => !item.undone) : undefined
}
