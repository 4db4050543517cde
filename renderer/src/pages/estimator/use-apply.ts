import { useCallback, useState } from 'react'
import { type HeadroomError } from '#shared/domain/result'
import { call } from '../../api/call'
import { plural } from '../../format/numbers'
import { keepApplied, useEstimator, wishFlags } from '../../stores/estimator'
import { showRegistry } from '../../stores/registry'
import { showError, showToast } from '../../stores/toasts'
import { undoChange } from '../../stores/undo'
import { type ApplyView } from './apply-view'
import { type Question } from './question'

export interface ApplyState {
  readonly phase: 'idle' | 'writing'
  /** Another program changed the same flags: both sides are shown before anything is written. */
  readonly conflict: HeadroomError | null
  readonly apply: () => void
  readonly undo: () => void
  readonly closeConflict: () => void
}

/** Writes what the panel shows; the flags the user saw go along, so that a change in between is a conflict. */
export function useApply(question: Question | undefined, view: ApplyView | undefined): ApplyState {
  const [phase, setPhase] = useState<'idle' | 'writing'>('idle')
  const [conflict, setConflict] = useState<HeadroomError | null>(null)

  const apply = useCallback(async () => {
    if (question?.model === undefined || view === undefined || view.changes.length === 0) return
    setPhase('writing')
    const { name } = question.model
    const reply = await call('models:apply', {
      id: question.model.id,
      changes: [...view.changes],
      remove_duplicates: useEstimator.getState().removeDuplicates,
      expected_before: question.model.extra_args,
      ...(view.contextWindow === undefined ? {} : { context_window: view.contextWindow }),
    })
    setPhase('idle')
    if (!reply.ok) return reply.error.code === 'CONFLICT' ? setConflict(reply.error) : void showError(reply.error)
    showRegistry(reply.value.view)
    clearAppliedFlags(view)
    const { history_id: historyId } = reply.value.receipt
    if (historyId !== undefined) keepApplied(question.model.id, historyId)
    const count = reply.value.receipt.plan.changed.length
    const text = reply.value.receipt.changed
      ? `Applied ${plural(count, 'change')} to ${name}. They take effect at its next start.`
      : `${name} already has these flags. Nothing was written.`
    showToast({
      kind: 'ok',
      text,
      ...(reply.value.receipt.changed ? { action: { label: 'Undo', run: () => void undoApply(historyId) } } : {}),
    })
  }, [question, view])

  return {
    phase,
    conflict,
    apply: () => void apply(),
    undo: () => void undoLast(question?.model?.id),
    closeConflict: () => setConflict(null),
  }
}

function undoApply(historyId: string | undefined): Promise<void> {
  return undoChange(historyId === undefined ? {} : { expected: historyId })
}

/** The change that this page applied to the model; of an earlier session, the newest one that the history names. */
async function undoLast(id: string | undefined): Promise<void> {
  const applied = id === undefined ? undefined : useEstimator.getState().applied[id]
  const history = await call('registry:history', {})
  if (!history.ok) return void showError(history.error)
  const open = history.value.filter(({ undone }) => !undone)
  const item =
    open.find((one) => one.id === applied) ??
    open.find(({ description, models }) => id !== undefined && description.startsWith('apply ') && models.includes(id))
  if (item !== undefined) return undoApply(item.id)
  showToast({ kind: 'info', text: 'Nothing was applied to this model that could be taken back.' })
}

/** What is written now comes from the entry: the page no longer overrides it. */
function clearAppliedFlags(view: ApplyView): void {
  const cleared = Object.fromEntries(view.written.map((flag) => [flag, null]))
  if (view.written.length > 0) wishFlags(cleared)
}
