import { chooseModel } from '../stores/estimator'
import { goTo } from '../stores/navigation'
import { loadPending, usePending } from '../stores/pending'
import { useRegistry } from '../stores/registry'
import { closeToast, showToast } from '../stores/toasts'

/** An engine was started while the window is open: its measurements wait for the registry, and the page says so. */
export async function offerReconcile(): Promise<void> {
  const fresh = await loadPending()
  const [waiting] = usePending.getState().models
  const name = fresh[0] ?? waiting
  if (name === undefined) return
  closeOffer()
  const what = fresh.length === 0 ? 'A start' : `A start of ${name}${fresh.length > 1 ? ' and others' : ''}`
  offer = showToast({
    kind: 'info',
    text: `${what} was recorded. Reconcile it to compare the estimate with what was measured.`,
    action: { label: 'Show', run: () => showModel(name) },
  })
}

let offer: number | undefined

/** Takes the message back once it has been answered elsewhere. */
export function closeOffer(): void {
  if (offer !== undefined) closeToast(offer)
  offer = undefined
}

function showModel(name: string): void {
  const model = useRegistry.getState().view?.models.find((one) => one.name === name)
  if (model !== undefined) chooseModel(model.id)
  goTo('estimator')
}
