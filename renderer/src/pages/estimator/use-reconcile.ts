import { useCallback, useEffect, useState } from 'react'
import { call } from '../../api/call'
import { closeOffer } from '../../app/offer-reconcile'
import { plural } from '../../format/numbers'
import { endJob, startJob } from '../../stores/jobs'
import { loadPending, usePending } from '../../stores/pending'
import { loadRegistry, useRegistry } from '../../stores/registry'
import { showError, showToast } from '../../stores/toasts'

interface ReconcileState {
  /** The log holds a start of this model that the registry does not know. */
  readonly pending: boolean
  readonly busy: boolean
  readonly reconcile: () => void
}

/** Merges the metrics log for one model of the registry. */
export function useReconcile(id: string | undefined): ReconcileState {
  const revision = useRegistry((state) => state.view?.revision)
  const waiting = usePending((state) => state.models)
  const [busy, setBusy] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again whenever the registry changed
  useEffect(() => {
    void loadPending()
  }, [revision])

  const reconcile = useCallback(async () => {
    if (id === undefined) return
    setBusy(true)
    const job = startJob('reconcile', 'Reconciling measured starts')
    const reply = await call('maintenance:reconcile', { dry_run: false, only: [id], job })
    endJob(job)
    setBusy(false)
    if (!reply.ok) return void showError(reply.error)
    const outcome = reply.value.results.find(({ name }) => name === id) ?? reply.value.results[0]
    closeOffer()
    await loadRegistry()
    const isNew = outcome !== undefined && outcome.status !== 'unchanged' && outcome.status !== 'skipped'
    showToast({
      kind: isNew ? 'ok' : 'info',
      text: isNew
        ? `Reconciled ${outcome.name}: ${plural(outcome.changes.length, 'value')} changed.`
        : `No new start of this model in ${reply.value.metrics_label}.`,
    })
  }, [id])

  return { pending: id !== undefined && waiting.includes(id), busy, reconcile: () => void reconcile() }
}
