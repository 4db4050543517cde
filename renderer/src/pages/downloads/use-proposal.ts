import { useEffect, useState } from 'react'
import { type HeadroomError } from '#shared/domain/result'
import { type ProposedFlags } from '#shared/ipc/downloads'
import { call } from '../../api/call'
import { plural } from '../../format/numbers'
import { showRegistry } from '../../stores/registry'
import { showError, showToast } from '../../stores/toasts'
import { undoChange } from '../../stores/undo'

export type ProposalState =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly proposal: ProposedFlags }
  | { readonly phase: 'failed'; readonly error: HeadroomError }

/** First launch flags for an entry; asked for again when its flags change. Nothing is written by asking. */
export function useProposal(id: string, { gpu, flags }: { readonly gpu: string | undefined; readonly flags: string }) {
  const [state, setState] = useState<ProposalState>({ phase: 'loading' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: other flags make another proposal
  useEffect(() => {
    let isCurrent = true
    void call('downloads:propose', { id, ...(gpu === undefined ? {} : { gpu }) }).then((reply) => {
      if (!isCurrent) return
      setState(reply.ok ? { phase: 'ready', proposal: reply.value } : { phase: 'failed', error: reply.error })
    })
    return () => {
      isCurrent = false
    }
  }, [id, gpu, flags])
  return state
}

/** Writes what was shown, with consent; flags that changed meanwhile are a conflict. True when it was written. */
export async function applyProposal({ id, name, changes, before }: ProposedFlags): Promise<boolean> {
  const reply = await call('models:apply', {
    id,
    changes: [...changes],
    remove_duplicates: false,
    expected_before: before,
  })
  if (!reply.ok) {
    showError(reply.error)
    return false
  }
  const { view, receipt } = reply.value
  showRegistry(view)
  const { history_id: historyId } = receipt
  showToast({
    kind: 'ok',
    text: `Applied ${plural(receipt.plan.changed.length, 'change')} to ${name}. They take effect at its first start.`,
    ...(historyId === undefined
      ? {}
      : { action: { label: 'Undo', run: () => void undoChange({ expected: historyId }) } }),
  })
  return true
}
