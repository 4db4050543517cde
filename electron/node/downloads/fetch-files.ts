import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorCode, type HeadroomError, ok, type Result } from '#shared/domain/result'
import { type DownloadProgress } from '#shared/hub/download-stage'
import { type HubClient } from '../hub/client'
import { downloadFile, type FileOptions, type FileOutcome } from '../hub/download-file'
import { fileUrl } from '../hub/file-url'
import { inParallel } from '../hub/in-parallel'
import { type Target } from './safe-targets'
import { type Throttle } from './throttle'

export interface FetchRequest {
  readonly client: HubClient
  readonly repository: { readonly id: string; readonly commit: string }
  readonly targets: readonly Target[]
  readonly signal: AbortSignal
  readonly throttle?: Throttle
  readonly onProgress?: (progress: DownloadProgress) => void
  /** Tests make these short; people choose the connections. */
  readonly transfer?: Partial<Pick<FileOptions, 'connections' | 'stallMs' | 'maxFailures' | 'backoffMs' | 'pieceBytes'>>
}

export interface FetchedFile {
  readonly target: Target
  readonly outcome: FileOutcome
}

const FILES_AT_ONCE = 3
const CONNECTIONS_PER_FILE = 4
const LOCK_POLL_MS = 500
/** Faults of one file that say nothing about the others, so the others are finished. */
const OWN_FAULTS: ReadonlySet<ErrorCode> = new Set(['HASH_MISMATCH', 'CONFLICT', 'CHANGED_WHILE_READING'])

/**
 * Fetches and verifies all files, several at once. A file that another process is fetching is waited for and then
 * verified. Error: the first; faults of one file leave the others finished.
 */
export async function fetchFiles(request: FetchRequest): Promise<Result<readonly FetchedFile[]>> {
  const stop = new AbortController()
  const signal = AbortSignal.any([request.signal, stop.signal])
  const tally = new Tally(request)
  const fetched: FetchedFile[] = []
  let problem: HeadroomError | undefined
  await inParallel(request.targets, FILES_AT_ONCE, async (target) => {
    if (signal.aborted) return
    const outcome = await fetchOne(request, { target, signal, tally })
    if (outcome.ok) {
      fetched.push({ target, outcome: outcome.value })
      return
    }
    problem ??= { ...outcome.error, path: outcome.error.path ?? target.path }
    if (!OWN_FAULTS.has(outcome.error.code)) stop.abort()
  })
  if (problem !== undefined) return { ok: false, error: problem }
  if (request.signal.aborted) return { ok: false, error: stopped() }
  const order = new Map(request.targets.map((target, index) => [target, index]))
  return ok(fetched.toSorted((a, b) => (order.get(a.target) ?? 0) - (order.get(b.target) ?? 0)))
}

async function fetchOne(
  { client, repository, throttle, transfer }: FetchRequest,
  { target, signal, tally }: { readonly target: Target; readonly signal: AbortSignal; readonly tally: Tally },
): Promise<Result<FileOutcome>> {
  const { path, bytes, sha256, gitBlob } = target.file
  const job = {
    url: fileUrl(client, repository, path),
    commit: repository.commit,
    bytes,
    target: target.path,
    ...(sha256 !== undefined && { sha256 }),
    ...(gitBlob !== undefined && { gitBlob }),
  }
  for (;;) {
    const outcome = await downloadFile(job, {
      client,
      signal,
      connections: CONNECTIONS_PER_FILE,
      ...transfer,
      ...(throttle !== undefined && { throttle }),
      onProgress: (stage, done) => tally.moved(path, stage, done),
    })
    if (outcome.ok) tally.finished(target)
    if (outcome.ok || outcome.error.code !== 'LOCKED') return outcome
    tally.waits(path)
    try {
      await delay(LOCK_POLL_MS, undefined, { signal })
    } catch {
      return { ok: false, error: stopped() } // only the signal ends the wait early
    }
  }
}

/** Sums up where all files are. */
class Tally {
  private readonly fetchedBytes = new Map<string, number>()
  private readonly verifying = new Map<string, number>()
  private readonly totalBytes: number
  private filesDone = 0

  constructor(private readonly request: FetchRequest) {
    this.totalBytes = request.targets.reduce((sum, { file }) => sum + file.bytes, 0)
  }

  moved(path: string, stage: 'downloading' | 'verifying', bytes: number): void {
    if (stage === 'downloading') {
      this.verifying.delete(path)
      this.fetchedBytes.set(path, bytes)
    } else this.verifying.set(path, bytes)
    this.report()
  }

  finished({ file }: Target): void {
    this.verifying.delete(file.path)
    this.fetchedBytes.set(file.path, file.bytes)
    this.filesDone += 1
    this.report()
  }

  waits(path: string): void {
    this.report(path)
  }

  private report(waitingFor?: string): void {
    const fetched = sum(this.fetchedBytes.values())
    const unfinished = this.request.targets.length - this.filesDone
    // Verifying is the stage only once nothing is left to fetch.
    const isVerifying = this.verifying.size > 0 && this.verifying.size === unfinished
    const hashed = sum(this.verifying.values())
    const inVerification = [...this.verifying.keys()].reduce((all, path) => all + this.sizeOf(path), 0)
    this.request.onProgress?.({
      stage: isVerifying ? 'verifying' : 'downloading',
      doneBytes: isVerifying ? this.totalBytes - inVerification + hashed : fetched,
      totalBytes: this.totalBytes,
      filesDone: this.filesDone,
      files: this.request.targets.length,
      ...(waitingFor !== undefined && { waitingFor }),
    })
  }

  private sizeOf(path: string): number {
    return this.request.targets.find(({ file }) => file.path === path)?.file.bytes ?? 0
  }
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

function stopped(): HeadroomError {
  return { code: 'CANCELLED', message: 'The download was stopped.', hint: 'Start it again to go on.' }
}
