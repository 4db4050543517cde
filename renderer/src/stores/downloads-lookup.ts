import { create } from 'zustand'
import { type Inspection } from '#shared/domain/inspection'
import { type HeadroomError } from '#shared/domain/result'
import { type Input } from '#shared/ipc/contract'
import { type Lookup } from '#shared/ipc/downloads'
import { call } from '../api/call'
import { takeDownloads } from './downloads'
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

interface LookupStore {
  readonly text: string
  /** Another hub; empty means the usual one. */
  readonly endpoint: string
  readonly found: LookupState
  readonly headers: Readonly<Record<string, HeaderState>>
  /** Headers are being read; false once all are, or when a person stopped it. */
  readonly isReading: boolean
  /** Labels of the variants that are ticked. */
  readonly chosen: readonly string[]
  /** Single files that are ticked; then no variant is. */
  readonly files: readonly string[]
  /** Repository that lends its config; empty: none. */
  readonly support: string
  /** Missing config and tokenizer files are also put into the model's folder. */
  readonly placesSupport: boolean
  readonly withArchitecture: boolean
}

const NOTHING_CHOSEN = { headers: {}, chosen: [], files: [], support: '', placesSupport: false } as const

export const useLookup = create<LookupStore>(() => ({
  text: '',
  endpoint: '',
  found: { phase: 'idle' },
  isReading: false,
  withArchitecture: true,
  ...NOTHING_CHOSEN,
}))

const HEADERS_AT_ONCE = 2
/** Counts the look-ups: what an older one still says is dropped. */
let generation = 0

/** Asks the hub for what was typed. What an earlier question still waits for is given up. */
export async function lookUp(): Promise<void> {
  const { text, endpoint } = useLookup.getState()
  const asked = text.trim()
  if (asked === '') return
  const own = await begin()
  useLookup.setState({ found: { phase: 'loading', text: asked }, ...NOTHING_CHOSEN })
  const reply = await call('downloads:lookup', { text: asked, ...endpointOf(endpoint) })
  if (own !== generation) return
  if (!reply.ok) return useLookup.setState({ found: { phase: 'failed', text: asked, error: reply.error } })
  useLookup.setState({ found: { phase: 'ready', lookup: reply.value } })
  await readHeaders(reply.value, own)
}

/** A new generation; main stops asking the hub for the old one. */
async function begin(): Promise<number> {
  generation += 1
  const own = generation
  if (useLookup.getState().found.phase === 'loading' || useLookup.getState().isReading) await call('downloads:stop', {})
  return own
}

/** Gives up what is being asked: a look-up goes, headers that were read stay. */
export async function stopLooking(): Promise<void> {
  await begin()
  useLookup.setState(({ found, headers }) => ({
    isReading: false,
    found: found.phase === 'loading' ? { phase: 'idle' } : found,
    headers: Object.fromEntries(Object.entries(headers).filter(([, { phase }]) => phase !== 'loading')),
  }))
}

/** The page is left: nothing is read for nobody. */
export function leaveLookup(): void {
  const { found, isReading } = useLookup.getState()
  if (found.phase !== 'loading' && !isReading) return
  wasLeft = true
  void stopLooking()
}

let wasLeft = false

/** The page is back: what was given up goes on. */
export function resumeLookup(): void {
  if (!wasLeft) return
  wasLeft = false
  const { found } = useLookup.getState()
  if (found.phase === 'ready') void readMissingHeaders()
  else void lookUp()
}

/** Headers that were not read, or could not be. */
export async function readMissingHeaders(): Promise<void> {
  const { found } = useLookup.getState()
  if (found.phase !== 'ready') return
  await readHeaders(found.lookup, await begin())
}

/** Two at a time, in the order of the listing; another look-up ends it. */
async function readHeaders(lookup: Lookup, own: number): Promise<void> {
  const { headers } = useLookup.getState()
  const labels = lookup.variants
    .filter(({ label, duplicate_of: copy }) => copy === undefined && headers[label]?.phase !== 'ready')
    .map(({ label }) => label)
  const worker = async (): Promise<void> => {
    for (let label = labels.shift(); label !== undefined && own === generation; label = labels.shift()) {
      await readHeader(lookup, label, own)
    }
  }
  useLookup.setState({ isReading: labels.length > 0 })
  await Promise.all(Array.from({ length: HEADERS_AT_ONCE }, worker))
  if (own === generation) useLookup.setState({ isReading: false })
}

async function readHeader(lookup: Lookup, label: string, own: number): Promise<void> {
  keepHeader(label, { phase: 'loading' })
  const reply = await call('downloads:inspect', choiceOf(lookup, label))
  if (own !== generation) return
  keepHeader(label, reply.ok ? { phase: 'ready', inspection: reply.value } : { phase: 'failed', error: reply.error })
}

function keepHeader(label: string, header: HeaderState): void {
  useLookup.setState(({ headers }) => ({ headers: { ...headers, [label]: header } }))
}

/** Reads the headers again with the config of a support repository; empty: without. */
export async function readWithSupport(lookup: Lookup, support: string): Promise<void> {
  const own = await begin()
  useLookup.setState({ support, headers: {}, ...(support === '' && { placesSupport: false }) })
  await readHeaders(lookup, own)
}

/** Ticks or unticks a variant. Single files and variants exclude each other. */
export function toggleVariant(label: string): void {
  useLookup.setState(({ chosen }) => ({ chosen: toggled(chosen, label), files: [] }))
}

export function toggleFile(path: string): void {
  useLookup.setState(({ files }) => ({ files: toggled(files, path), chosen: [] }))
}

function toggled(list: readonly string[], one: string): readonly string[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one]
}

/** Puts what is ticked into the queue. */
export async function addChosen(lookup: Lookup): Promise<void> {
  const { chosen, files } = useLookup.getState()
  const [first] = lookup.variants
  const wishes =
    files.length > 0 ? [{ label: first?.label ?? 'files', files: [...files] }] : chosen.map((label) => ({ label }))
  let added = 0
  for (const wish of wishes) {
    if (!(await add(lookup, wish))) break
    added += 1
    useLookup.setState(({ chosen: ticked }) => ({ files: [], chosen: ticked.filter((label) => label !== wish.label) }))
  }
  if (added > 0) showToast({ kind: 'ok', text: added === 1 ? 'Added to the queue.' : `${added} added to the queue.` })
}

async function add(lookup: Lookup, wish: { readonly label: string; readonly files?: string[] }): Promise<boolean> {
  const { withArchitecture, support, placesSupport } = useLookup.getState()
  const reply = await call('downloads:add', {
    ...choiceOf(lookup, wish.label),
    with_architecture: withArchitecture,
    ...(wish.files === undefined ? {} : { files: wish.files }),
    ...(support !== '' && placesSupport ? { support_files: ['config', 'tokenizer'] } : {}),
  })
  if (reply.ok) takeDownloads(reply.value)
  else showError(reply.error)
  return reply.ok
}

function choiceOf({ repository, commit }: Lookup, label: string): Input<'downloads:inspect'> {
  const { endpoint, support } = useLookup.getState()
  return { repository, commit, label, ...endpointOf(endpoint), ...(support === '' ? {} : { support }) }
}

function endpointOf(endpoint: string): { readonly endpoint?: string } {
  return endpoint.trim() === '' ? {} : { endpoint: endpoint.trim() }
}
