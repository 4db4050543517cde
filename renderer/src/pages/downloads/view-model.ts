import { type HeadroomError } from '#shared/domain/result'
import { type DownloadStage, downloadStages } from '#shared/hub/download-stage'
import { type DownloadItem, type DownloadsState, type FinishedDownload, type Lookup } from '#shared/ipc/downloads'
import { shellCommand } from '#shared/launch-args/shell-quote'
import { foreignText } from '../../format/foreign-text'
import { formatSize, plural } from '../../format/numbers'

const STAGE_WORDS: Readonly<Record<DownloadStage, string>> = {
  waiting: 'Waiting',
  downloading: 'Downloading',
  verifying: 'Verifying',
  reading: 'Reading',
  registering: 'Registering',
}

export interface StageView {
  readonly word: string
  readonly tone: 'done' | 'now' | 'bad' | 'later'
}

/** The five steps of a download with the one it is at. */
export function stagesOf({
  stage,
  state,
  error,
}: Pick<DownloadItem, 'stage' | 'state' | 'error'>): readonly StageView[] {
  const reached = error?.code === 'HASH_MISMATCH' ? 'verifying' : stage
  const at = downloadStages.indexOf(reached)
  return downloadStages.map((one, index) => ({
    word: STAGE_WORDS[one],
    tone: index < at ? 'done' : index > at ? 'later' : state === 'failed' ? 'bad' : 'now',
  }))
}

/** Second line of a row: how much, and what is going on or wrong, then what to do. */
export function detailOf(item: DownloadItem): string {
  const size =
    item.done_bytes > 0 && item.done_bytes < item.total_bytes
      ? `${formatSize(item.done_bytes)} of ${formatSize(item.total_bytes)}`
      : formatSize(item.total_bytes)
  return `${size} · ${situationOf(item)}`
}

function situationOf(item: DownloadItem): string {
  const { state, error, stage, waiting_for: other } = item
  if (state === 'failed' && error !== undefined) return errorText(error)
  if (error !== undefined && item.retry_at !== undefined) return `${error.message} It is tried again by itself.`
  if (state === 'paused') return 'paused'
  if (state === 'waiting') return 'starts when a slot is free'
  if (other !== undefined) return `another program is downloading ${foreignText(other, 80)}; waiting for it`
  if (stage === 'verifying') return `checking hashes, ${item.files_done} of ${plural(item.files, 'file')} done`
  if (stage === 'reading') return 'reading the architecture'
  if (stage === 'registering') return 'writing the registry entry'
  return foreignText(item.repository, 120)
}

export function errorText({ message, hint }: HeadroomError): string {
  return hint === undefined ? message : `${message} ${hint}`
}

/** Third column: speed and time that is left, or the reason in two words. */
export function rateOf(item: DownloadItem): readonly string[] {
  const { bytes_per_second: rate, state, error } = item
  if (state !== 'running') return error === undefined ? [] : [ERROR_WORDS[error.code] ?? 'needs you']
  if (rate === undefined || rate <= 0) return []
  const left = timeLeft(Math.max(0, item.total_bytes - item.done_bytes) / rate)
  return [`${formatSize(rate)}/s`, `${left} left`]
}

const ERROR_WORDS: Partial<Record<HeadroomError['code'], string>> = {
  UNAUTHORIZED: '401 from the hub',
  GATED: '403 from the hub',
  NOT_FOUND: '404 from the hub',
  RATE_LIMITED: '429 from the hub',
  UNAVAILABLE: 'hub is failing',
  NETWORK: 'no connection',
  TIMEOUT: 'no answer',
  HASH_MISMATCH: 'wrong SHA-256',
  DISK_FULL: 'disk is full',
  CONFLICT: 'name is taken',
}

/** `12 s`, `1 min 22 s`, `2 h 5 min`. */
export function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

export function percentOf({ done_bytes: done, total_bytes: total }: DownloadItem): number {
  return total === 0 ? 0 : Math.min(100, Math.round((100 * done) / total))
}

/** `2 running, 1 waiting, 2 need you`. */
export function queueSummary({ items }: Pick<DownloadsState, 'items'>): string {
  const count = (...states: readonly DownloadItem['state'][]) =>
    items.filter(({ state }) => states.includes(state)).length
  const parts = [
    [count('running'), 'running'],
    [count('waiting'), 'waiting'],
    [count('paused'), 'paused'],
    [count('failed'), count('failed') === 1 ? 'needs you' : 'need you'],
  ] as const
  return parts.flatMap(([number, word]) => (number > 0 ? [`${number} ${word}`] : [])).join(', ')
}

export function verifiedText({ verified, files }: FinishedDownload): string {
  return verified ? `Hashes matched, ${files} of ${files}` : 'Size only for files without a published hash'
}

/** Words about the repository: revision, licence, access. */
export function lookupNote({ commit, licence, gated, refused }: Lookup): string {
  return [
    `revision ${commit.slice(0, 8)}`,
    ...(licence === undefined ? [] : [foreignText(licence, 60)]),
    ...(gated ? ['gated: needs a token of an account that accepted its licence'] : []),
    ...(refused > 0 ? [`${plural(refused, 'file')} with unsafe names left out`] : []),
    'nothing downloaded',
  ].join(' · ')
}

/** Is there room for what is ticked? Words for the footer. */
export function spaceText(lookup: Lookup, neededBytes: number): { readonly text: string; readonly fits: boolean } {
  const { folder_label: folder, free_bytes: free } = lookup
  const place = `To ${foreignText(folder, 120)}`
  if (free === undefined) return { text: `${place}: ${formatSize(neededBytes)}`, fits: true }
  const left = free - neededBytes
  if (left < 0) return { text: `${place}: ${formatSize(-left)} too little room`, fits: false }
  return { text: `${place}: ${formatSize(neededBytes)}, ${formatSize(left)} free after the queue`, fits: true }
}

export interface CommandWish {
  readonly labels: readonly string[]
  readonly withArchitecture: boolean
  readonly endpoint: string
  readonly support: string
}

/** The same downloads as commands for a terminal. */
export function downloadCommands({ repository, commit }: Lookup, wish: CommandWish): string {
  const more = [
    ...(wish.withArchitecture ? [] : ['--no-architecture']),
    ...(wish.support === '' ? [] : ['--support-repo', wish.support]),
    ...(wish.endpoint.trim() === '' ? [] : ['--endpoint', wish.endpoint.trim()]),
  ]
  return wish.labels
    .map((label) => ['headroom', 'download', `${repository}@${commit}`, '--weights', label, ...more])
    .map((words) => shellCommand(words))
    .join(' && ')
}
