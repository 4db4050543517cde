import { useEffect } from 'react'
import { create } from 'zustand'
import { type Inspection } from '#shared/domain/inspection'
import { type HeadroomError } from '#shared/domain/result'
import { type Input } from '#shared/ipc/contract'
import { type DownloadsState, type Lookup } from '#shared/ipc/downloads'
import { call, listen } from '../api/call'
import { loadRegistry } from './registry'
import { showError, showToast } from './toasts'

/** What the remote header of one variant says, once it is read. */
export type HeaderState =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly inspection: Inspection }
  | { readonly phase: 'failed'; readonly error: HeadroomError }

export type LookupState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'loading'; readonly text: string }
  | { readonly phase: 'ready'; readonly lookup: Lookup }
  | { readonly phase: 'failed'; readonly text: string; readonly error: HeadroomError }

interface DownloadsStore {
  /** The queue as main has it; absent before the first answer. */
  readonly queue?: DownloadsState
  readonly problem?: HeadroomError
  readonly text: string
  /** Another hub; empty means the usual one. */
  readonly endpoint: string
  readonly found: LookupState
  readonly headers: Readonly<Record<string, HeaderState>>
  /** Labels of the variants that are ticked. */
  readonly chosen: readonly string[]
  readonly support: string
  readonly withArchitecture: boolean
}

export const useDownloads = create<DownloadsStore>(() => ({
  text: '',
  endpoint: '',
  found: { phase: 'idle' },
  headers: {},
  chosen: [],
  support: '',
  withArchitecture: true,
}))

const HEADERS_AT_ONCE = 2
let generation = 0

/** The queue follows what main says; a download that has finished is a new model in the registry. */
export function takeDownloads(queue: DownloadsState): void {
  const before = useDownloads.getState().queue
  useDownloads.setState({ queue })
  const known = new Set(before?.finished.map(({ id }) => id))
  const fresh = queue.finished.filter(({ id }) => !known.has(id))
  if (before === undefined || fresh.length === 0) return
  void loadRegistry()
  for (const { name } of fresh) showToast({ kind: 'ok', text: `${name} is downloaded and registered.` })
}

export async function loadDownloads(): Promise<void> {
  const reply = await call('downloads:state', {})
  if (reply.ok) takeDownloads(reply.value)
  else useDownloads.setState({ problem: reply.error })
}

/** Mounted once, by the frame: the count at the page's name follows the queue on every page. */
export function useDownloadMessages(): void {
  useEffect(() => {
    void loadDownloads()
    return listen('downloads:changed', takeDownloads)
  }, [])
}

export async function lookUp(): Promise<void> {
  const { text, endpoint } = useDownloads.getState()
  const asked = text.trim()
  if (asked === '') return
  generation += 1
  const own = generation
  useDownloads.setState({ found: { phase: 'loading', text: asked }, headers: {}, chosen: [], support: '' })
  const reply = await call('downloads:lookup', { text: asked, ...endpointOf(endpoint) })
  if (own !== generation) return
  if (!reply.ok) return useDownloads.setState({ found: { phase: 'failed', text: asked, error: reply.error } })
  useDownloads.setState({ found: { phase: 'ready', lookup: reply.value } })
  await readHeaders(reply.value, own)
}

/** All variants, two at a time, smallest first; another look-up ends it. */
async function readHeaders(lookup: Lookup, own: number): Promise<void> {
  const labels = lookup.variants.filter(({ duplicate_of: copy }) => copy === undefined).map(({ label }) => label)
  const worker = async (): Promise<void> => {
    for (let label = labels.shift(); label !== undefined && own === generation; label = labels.shift()) {
      await readHeader(lookup, label, own)
    }
  }
  await Promise.all(Array.from({ length: HEADERS_AT_ONCE }, worker))
}

async function readHeader(lookup: Lookup, label: string, own = generation): Promise<void> {
  keepHeader(label, { phase: 'loading' })
  const reply = await call('downloads:inspect', choiceOf(lookup, label))
  if (own !== generation) return
  keepHeader(label, reply.ok ? { phase: 'ready', inspection: reply.value } : { phase: 'failed', error: reply.error })
}

function keepHeader(label: string, header: HeaderState): void {
  useDownloads.setState(({ headers }) => ({ headers: { ...headers, [label]: header } }))
}

/** Reads the headers again with the config of a support repository. */
export async function readWithSupport(lookup: Lookup, support: string): Promise<void> {
  generation += 1
  useDownloads.setState({ support, headers: {} })
  await readHeaders(lookup, generation)
}

export function toggleVariant(label: string): void {
  useDownloads.setState(({ chosen }) => ({
    chosen: chosen.includes(label) ? chosen.filter((one) => one !== label) : [...chosen, label],
  }))
}

/** Puts every ticked variant into the queue. */
export async function addChosen(lookup: Lookup): Promise<void> {
  const { chosen, withArchitecture } = useDownloads.getState()
  for (const label of chosen) {
    const reply = await call('downloads:add', { ...choiceOf(lookup, label), with_architecture: withArchitecture })
    if (!reply.ok) {
      showError(reply.error)
      return
    }
    takeDownloads(reply.value)
    toggleVariant(label)
  }
}

export async function actOn(id: string, action: Input<'downloads:act'>['action']): Promise<void> {
  const reply = await call('downloads:act', { id, action })
  if (reply.ok) takeDownloads(reply.value)
  else showError(reply.error)
}

export async function actOnAll(action: Input<'downloads:all'>['action']): Promise<void> {
  const reply = await call('downloads:all', { action })
  if (reply.ok) takeDownloads(reply.value)
  else showError(reply.error)
}

/** Gives the token to main, which keeps it in the system's secret store. True when it was taken. */
export async function saveToken(token: string | null, allowPlain: boolean): Promise<boolean> {
  const reply = await call('downloads:token', { token, allow_plain: allowPlain })
  if (!reply.ok) {
    showError(reply.error)
    return false
  }
  const { queue } = useDownloads.getState()
  if (queue !== undefined) useDownloads.setState({ queue: { ...queue, token: reply.value } })
  showToast({ kind: 'ok', text: token === null ? 'The token is forgotten.' : 'The token is stored.' })
  return true
}

function choiceOf({ repository, commit }: Lookup, label: string): Input<'downloads:inspect'> {
  const { endpoint, support } = useDownloads.getState()
  return { repository, commit, label, ...endpointOf(endpoint), ...(support === '' ? {} : { support }) }
}

function endpointOf(endpoint: string): { readonly endpoint?: string } {
  return endpoint.trim() === '' ? {} : { endpoint: endpoint.trim() }
}
