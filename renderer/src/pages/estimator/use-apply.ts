import { useCallback, useState } from 'react'
import { type HeadroomError } from '#shared/domain/result'
import { call } from '../../api/call'
import { undoLastChange } from '../../app/actions'
import { plural } from '../../format/numbers'
import { useEstimator, wishFlags } from '../../stores/estimator'
import { showRegistry } from '../../stores/registry'
import { showError, showToast } from '../../stores/toasts'
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
    const count = reply.value.receipt.plan.changed.length
    const text = reply.value.receipt.changed
      ? `Applied ${plural(count, 'change')} to ${name}. They take effect at its next start.`
      : `${name} already has these flags. Nothing was written.`
    showToast({
      kind: 'ok',
      text,
      ...(reply.value.receipt.changed ? { action: { label: 'Undo', run: () => void undoLastChange() } } : {}),
    })
  }, [question, view])

  return {
    phase,
    conflict,
    apply: () => void apply(),
    undo: () => void undoLastChange(),
    closeConflict: () => setConflict(null),
  }
}

/** What is written now comes from the entry: the page no longer overrides it. */
function clearAppliedFlags(view: ApplyView): void {
  const cleared = Object.fromEntries(view.written.map((flag) => [flag, null]))
  if (view.written.length > 0) wishFlags(cleared)
}
