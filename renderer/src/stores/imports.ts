import { create } from 'zustand'
import { type HeadroomError } from '#shared/domain/result'
import { type ImportPlace, type ImportPreview } from '#shared/ipc/import-channels'
import { call } from '../api/call'
import { plural } from '../format/numbers'
import { endJob, startJob } from './jobs'
import { loadRegistry } from './registry'
import { showError, showToast } from './toasts'
import { undoChange } from './undo'

export type ImportState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'looking'; readonly place: ImportPlace; readonly job: string }
  | { readonly phase: 'failed'; readonly place: ImportPlace; readonly error: HeadroomError }
  | { readonly phase: 'ready'; readonly preview: ImportPreview; readonly only: readonly number[] }
  | {
      readonly phase: 'writing'
      readonly preview: ImportPreview
      readonly only: readonly number[]
      readonly job: string
    }

interface ImportsStore {
  readonly state: ImportState
}
export const useImports = create<ImportsStore>(() => ({ state: { phase: 'idle' } }))

function show(state: ImportState): void {
  useImports.setState({ state })
}

/** What would be registered; nothing is written. `choose`: the folder is asked for. `url`: of a running Ollama. */
export async function previewImport(
  place: ImportPlace,
  { choose = false, url }: { readonly choose?: boolean; readonly url?: string } = {},
): Promise<void> {
  const before = useImports.getState().state
  const job = startJob('import', 'Looking for models')
  show({ phase: 'looking', place, job })
  const reply = await call('imports:preview', { place, choose, job, ...(url === undefined ? {} : { url }) })
  endJob(job)
  if (!reply.ok)
    return show(reply.error.code === 'CANCELLED' ? { phase: 'idle' } : { phase: 'failed', place, error: reply.error })
  // A cancelled dialog changes nothing.
  if (reply.value === null) return show(before.phase === 'looking' ? { phase: 'idle' } : before)
  show({ phase: 'ready', preview: reply.value, only: changing(reply.value) })
}

/** Places of the rows that would change the registry. */
export function changing({ rows }: Pick<ImportPreview, 'rows'>): readonly number[] {
  return rows.filter(({ status }) => status === 'added' || status === 'updated').map(({ index }) => index)
}

export function tickImport(indexes: readonly number[], isTicked: boolean): void {
  const { state } = useImports.getState()
  if (state.phase !== 'ready') return
  const others = state.only.filter((index) => !indexes.includes(index))
  show({ ...state, only: isTicked ? [...others, ...indexes].toSorted((a, b) => a - b) : others })
}

/** Registers what is ticked, in one change. */
export async function runImport(): Promise<void> {
  const { state } = useImports.getState()
  if (state.phase !== 'ready' || state.only.length === 0) return
  const { preview, only } = state
  const job = startJob('import', 'Registering')
  show({ phase: 'writing', preview, only, job })
  const reply = await call('imports:run', { id: preview.id, only: [...only], job })
  endJob(job)
  if (!reply.ok) {
    show({ phase: 'ready', preview, only })
    return void showError(reply.error)
  }
  closeImport()
  await loadRegistry()
  const count = changing(reply.value).length
  const { history_id: expected } = reply.value
  showToast({
    kind: 'ok',
    text: `${plural(count, 'model')} registered. Their files stay where they are.`,
    ...(expected === undefined ? {} : { action: { label: 'Undo', run: () => void undoChange({ expected }) } }),
  })
}

export function closeImport(): void {
  show({ phase: 'idle' })
}
