import { type HeadroomError } from '#shared/domain/result'
import { MIB } from '#shared/domain/units'
import { type DownloadStage, downloadStages } from '#shared/hub/download-stage'
import { type DownloadItem } from '#shared/ipc/downloads'
import { foreignText } from '../../format/foreign-text'
import { formatDecimal, formatSize, plural } from '../../format/numbers'
import { errorText } from './error-view'

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
export function stagesOf(item: Pick<DownloadItem, 'stage' | 'state' | 'error' | 'done_bytes'>): readonly StageView[] {
  const at = downloadStages.indexOf(stageOf(item))
  return downloadStages.map((one, index) => ({
    word: STAGE_WORDS[one],
    tone: index < at ? 'done' : index > at ? 'later' : isStuck(item) ? 'bad' : 'now',
  }))
}

function isStuck({ state, error }: Parameters<typeof stagesOf>[0]): boolean {
  return state === 'failed' || (state === 'paused' && error !== undefined)
}

/** Between two runs a download stands where it stopped, not at the beginning. */
function stageOf({ stage, error, done_bytes: done }: Parameters<typeof stagesOf>[0]): DownloadStage {
  if (error?.code === 'HASH_MISMATCH') return 'verifying'
  return stage === 'waiting' && done > 0 ? 'downloading' : stage
}

/** Second line of a row: how much, and what is going on or wrong, then what to do. */
export function detailOf(item: DownloadItem): string {
  const size =
    item.done_bytes > 0 && item.done_bytes < item.total_bytes
      ? `${formatSize(item.done_bytes)} of ${formatSize(item.total_bytes)}`
      : formatSize(item.total_bytes)
  return `${size} · ${situationOf(item)}`
}

/** Stopped for a reason that somebody must see to: it failed, or paused itself (a full disk, a missing volume). */
export function needsHelp({ state, error, retry_at: retryAt }: DownloadItem): boolean {
  return state === 'failed' || (state === 'paused' && error !== undefined && retryAt === undefined)
}

function situationOf(item: DownloadItem): string {
  const { state, error, stage, waiting_for: other } = item
  if (error !== undefined && needsHelp(item)) {
    const words = error.code === 'HASH_MISMATCH' ? mismatchText(error) : errorText(error)
    return state === 'paused' ? `paused: ${words}` : words
  }
  if (error !== undefined && item.retry_at !== undefined) return `${error.message} It is tried again by itself.`
  if (state === 'paused') return 'paused'
  if (state === 'waiting') return 'starts when a slot is free'
  if (other !== undefined) return `another program is downloading ${foreignText(other, 80)}; waiting for it`
  if (stage === 'verifying') return `checking hashes, ${item.files_done} of ${plural(item.files, 'file')} done`
  if (stage === 'reading') return 'reading the architecture'
  if (stage === 'registering') return 'writing the registry entry'
  return foreignText(item.repository, 120)
}

/** The file by its name, without the folders of this computer. */
function mismatchText({ message, path }: HeadroomError): string {
  const kept = path?.split(/[\\/]/).at(-1)
  const name = kept?.replace(/\.bad-\d+$/, '')
  const which = name === undefined ? message : `${foreignText(name, 80)} had the wrong content.`
  const aside = kept === undefined || kept === name ? 'kept aside' : `kept aside as ${foreignText(kept, 80)}`
  return `${which} It is ${aside}, nothing was registered, the other files are good. Retry fetches this one again.`
}

/** Third column: speed and time that is left, or the reason in two words. `nowMs`: for the countdown. */
export function rateOf(item: DownloadItem, nowMs: number): readonly string[] {
  const { bytes_per_second: rate, state, error, retry_at: retryAt } = item
  if (state !== 'running') {
    const reason = error === undefined ? [] : [ERROR_WORDS[error.code] ?? 'needs you']
    return retryAt === undefined ? reason : [...reason, `again in ${timeLeft(secondsUntil(retryAt, nowMs))}`]
  }
  if (rate === undefined || rate <= 0) return []
  const left = timeLeft(Math.max(0, item.total_bytes - item.done_bytes) / rate)
  return [formatRate(rate), `${left} left`]
}

/** In MiB a second, also where a size would be said in GiB: rates are compared with each other. */
function formatRate(bytesPerSecond: number): string {
  const mib = bytesPerSecond / MIB
  return mib < 1 ? `${formatDecimal(bytesPerSecond / 1024, 0)} KiB/s` : `${formatDecimal(mib, mib < 100 ? 1 : 0)} MiB/s`
}

function secondsUntil(iso: string, nowMs: number): number {
  return Math.max(0, (new Date(iso).getTime() - nowMs) / 1000)
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
  READ_ONLY: 'read-only volume',
  PERMISSION_DENIED: 'not allowed',
  IO: 'disk trouble',
  CONFLICT: 'name is taken',
}

/** `12 s`, `1 min 22 s`, `2 h 5 min`. */
export function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`
}

export function percentOf({ done_bytes: done, total_bytes: total }: DownloadItem): number {
  // Rounded down: 100 means that nothing is missing.
  return total === 0 ? 0 : Math.min(100, Math.floor((100 * done) / total))
}

/** `2 running, 1 waiting, 2 need you`. */
export function queueSummary({ items }: { readonly items: readonly DownloadItem[] }): string {
  const helpless = items.filter(needsHelp).length
  const count = (wanted: DownloadItem['state']) =>
    items.filter((item) => item.state === wanted && !needsHelp(item)).length
  const parts = [
    [count('running'), 'running'],
    [count('waiting'), 'waiting'],
    [count('paused'), 'paused'],
    [helpless, helpless === 1 ? 'needs you' : 'need you'],
  ] as const
  return parts.flatMap(([number, word]) => (number > 0 ? [`${number} ${word}`] : [])).join(', ')
}
