import { type HeadroomError } from '#shared/domain/result'
import { type ImportPlace, type ImportPreview, type ImportRow } from '#shared/ipc/import-channels'
import { shellQuote } from '#shared/launch-args/shell-quote'
import { type StatusTone } from '../../components/status-word'
import { foreignText } from '../../format/foreign-text'
import { formatInteger } from '../../format/numbers'
import { errorText } from './error-view'

export interface PlaceView {
  readonly place: ImportPlace
  readonly label: string
  /** In a sentence: "Nothing was found in ...". */
  readonly words: string
}

export const PLACES: readonly PlaceView[] = [
  { place: 'folder', label: 'A folder', words: 'this folder' },
  { place: 'huggingface', label: 'Hugging Face cache', words: 'the cache of the Hugging Face client' },
  { place: 'ollama', label: 'Ollama files', words: 'the store of Ollama' },
  { place: 'ollama-server', label: 'Running Ollama', words: 'a running Ollama' },
  { place: 'lmstudio', label: 'LM Studio', words: 'the models of LM Studio' },
  { place: 'llama.cpp', label: 'llama.cpp cache', words: 'the cache of llama.cpp' },
  { place: 'imageworks', label: 'Older downloads', words: 'the list of the older downloader, beside the registry' },
]

export function placeWords(place: ImportPlace): string {
  return PLACES.find((one) => one.place === place)?.words ?? place
}

/** Why nothing was found: most often the program is not here, or keeps its models elsewhere. */
export function missingText(place: ImportPlace, error: HeadroomError): string {
  if (error.code !== 'NOT_FOUND' || place === 'folder') return errorText(error)
  return 'There is nothing at its usual place: it is not on this computer, or keeps its models elsewhere.'
}

const STATUS: Readonly<Record<ImportRow['status'], { readonly word: string; readonly tone: StatusTone }>> = {
  added: { word: 'New', tone: 'added' },
  updated: { word: 'Brought up to date', tone: 'updated' },
  duplicate: { word: 'Duplicate', tone: 'skipped' },
  skipped: { word: 'Left out', tone: 'warn' },
  unchanged: { word: 'Registered already', tone: 'unchanged' },
}
const ORDER = [
  'added',
  'updated',
  'duplicate',
  'skipped',
  'unchanged',
] as const satisfies readonly ImportRow['status'][]

export function statusOf({ status }: ImportRow): (typeof STATUS)[ImportRow['status']] {
  return STATUS[status]
}

/** What would change first, then what is left out, then what is known. */
export function sortedRows(rows: readonly ImportRow[]): readonly ImportRow[] {
  return rows.toSorted(
    (left, right) => ORDER.indexOf(left.status) - ORDER.indexOf(right.status) || left.index - right.index,
  )
}

/** `5 new, 1 duplicate, 2 left out`. */
export function previewSummary({ rows, notes }: Pick<ImportPreview, 'rows' | 'notes'>): string {
  const count = (status: ImportRow['status']) => rows.filter((row) => row.status === status).length
  const parts = [
    [count('added'), 'new'],
    [count('updated'), 'to bring up to date'],
    [count('duplicate'), count('duplicate') === 1 ? 'duplicate' : 'duplicates'],
    [count('skipped') + notes.length, 'left out'],
    [count('unchanged'), 'registered already'],
  ] as const
  const words = parts.flatMap(([number, word]) => (number > 0 ? [`${formatInteger(number)} ${word}`] : []))
  return words.length === 0 ? 'no models' : words.join(', ')
}

/** The command that registers the same; only all of them can be named there. */
export function importCommand({ place, root_label: root }: Pick<ImportPreview, 'place' | 'root_label'>): string {
  const where = quotedPlace(root)
  if (place === 'ollama-server') return `headroom import ollama --url ${where}`
  return place === 'folder' ? `headroom scan ${where}` : `headroom import ${place} --dir ${where}`
}

/** A home folder is shown as `~`, which a shell expands only outside quotes. */
function quotedPlace(label: string): string {
  if (label !== '~' && !label.startsWith('~/')) return shellQuote(label)
  const rest = label.slice(2)
  return rest === '' ? '~' : `~/${shellQuote(rest)}`
}

export function rowNote({ reason, place_label: place }: ImportRow): string {
  return foreignText(reason === undefined ? place : `${reason} · ${place}`, 300)
}
