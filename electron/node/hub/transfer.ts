import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorCode, type HeadroomError, ok, type Result } from '#shared/domain/result'
import { addRange, type ByteRange, missingRanges, rangesBytes } from '#shared/hub/byte-ranges'
import { fileError } from '../files/file-error'
import { openPartFile, type PartFile } from '../files/part-file'
import { releaseChunk } from './body-stream'
import { type HubClient } from './client'
import { fetchRange } from './fetch-range'
import { HubError, hubFailure } from './hub-error'
import { readChunks } from './read-chunks'
import { type TransferState } from './transfer-state'
import { BATCH_BYTES, WriteBatch } from './write-batch'

export interface TransferOptions {
  readonly client: HubClient
  readonly signal: AbortSignal
  /** Ranges fetched at once for this file. */
  readonly connections: number
  readonly pieceBytes?: number
  /** No byte for so long ends a connection. */
  readonly stallMs?: number
  /** Failures in a row without a single new byte before giving up. */
  readonly maxFailures?: number
  readonly backoffMs?: (failures: number) => number
  /** Waits its turn under the bandwidth limit; nothing to wait for gives nothing. */
  readonly throttle?: (bytes: number, signal: AbortSignal) => Promise<void> | undefined
  readonly onBytes?: (doneBytes: number) => void
  /** Every byte before the front is written. It goes back to zero when the file must be fetched anew. */
  readonly onFront?: (front: number) => void
  /** Progress is noted at least so often, however slow it is. */
  readonly saveEveryMs?: number
  /** The file layer; tests make it fail. */
  readonly openPart?: typeof openPartFile
  /** Called with durable ranges, now and then and at the end. */
  readonly onState: (state: TransferState) => Promise<void>
}

const PIECE_BYTES = 32 * 2 ** 20
const SAVE_EVERY_BYTES = 64 * 2 ** 20
const SAVE_EVERY_MS = 3_000
/** A file that changes again and again under the transfer is not waited for. */
const MAX_RESTARTS = 3
const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['NETWORK', 'TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED'])

/**
 * Brings all bytes of one file into its part file. Begins with what `state` says is there; a server that ignores ranges
 * or has another version makes it begin at zero. Ends with every byte on the disk, not yet verified.
 */
export async function transfer(
  path: string,
  state: TransferState,
  options: TransferOptions,
): Promise<Result<TransferState>> {
  const part = await (options.openPart ?? openPartFile)(path, state.bytes)
  const run = new TransferRun(part, state, options)
  try {
    return await run.finish()
  } finally {
    await part.close()
  }
}

/** One attempt after the other over the pieces that are missing; the only state is which bytes are there. */
class TransferRun {
  private etag: string | undefined
  private done: readonly ByteRange[]
  private unsaved = 0
  /** Used again by the next piece: garbage of that size would stay for long. */
  private readonly buffers: Buffer[] = []
  /** Arrived, but still in a batch. */
  private pending = 0
  private failures = 0
  private restarts = 0
  private saving: Promise<void> | undefined
  private savedAt = performance.now()
  /** What the disk said of a note that was written meanwhile. */
  private saveFault: unknown

  constructor(
    private readonly part: PartFile,
    private readonly start: TransferState,
    private readonly options: TransferOptions,
  ) {
    this.done = start.done
    this.etag = start.etag
  }

  async finish(): Promise<Result<TransferState>> {
    this.options.onBytes?.(rangesBytes(this.done))
    this.tellFront()
    for (;;) {
      const queue = [...missingRanges(this.done, this.start.bytes, this.options.pieceBytes ?? PIECE_BYTES)]
      if (queue.length === 0) break
      const problem = await this.round(queue)
      if (problem === undefined) continue
      await this.saveNow()
      const verdict = await this.afterFailure(problem)
      if (verdict !== undefined) return { ok: false, error: verdict }
    }
    await this.saveNow()
    return ok(this.state())
  }

  /** Several workers on one queue; the first failure stops them all, since it mostly concerns them all. */
  private async round(queue: ByteRange[]): Promise<HeadroomError | undefined> {
    const stop = new AbortController()
    const signal = AbortSignal.any([this.options.signal, stop.signal])
    let problem: HeadroomError | undefined
    // Until the first answer nobody knows whether the server honours ranges, so one piece goes ahead.
    const isFirst = this.etag === undefined && this.done.length === 0
    const pieces = isFirst ? queue.slice(0, 1) : queue
    const worker = async () => {
      for (let range = pieces.shift(); range !== undefined && problem === undefined; range = pieces.shift()) {
        const failure = await this.piece(range, signal)
        if (failure === undefined || problem !== undefined) continue
        problem = failure
        stop.abort()
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.options.connections, pieces.length) }, worker))
    return problem
  }

  private async piece(range: ByteRange, signal: AbortSignal): Promise<HeadroomError | undefined> {
    try {
      const { url, bytes } = this.start
      const validator = this.etag === undefined ? {} : { etag: this.etag }
      const answer = await fetchRange(this.options.client, { url, range, bytes, signal, ...validator })
      const isOther = this.etag !== undefined && answer.etag !== undefined && answer.etag !== this.etag
      if (isOther || (answer.whole && this.done.length > 0)) {
        await answer.body.cancel()
        return this.beginAnew()
      }
      this.etag = answer.etag ?? this.etag
      await this.take(answer.body, { signal, range: answer.whole ? [0, bytes] : range })
      return undefined
    } catch (error) {
      if (this.options.signal.aborted) return stopped()
      // What the disk refuses is said as such and never tried again: it is not the hub's doing.
      if (isFileFault(error)) return fileError(error, this.part.path, 'write').error
      return hubFailure(error, 'this file')
    }
  }

  private async take(
    body: ReadableStream<Uint8Array>,
    { signal, range }: { readonly signal: AbortSignal; readonly range: ByteRange },
  ): Promise<void> {
    let position = range[0]
    const { throttle, stallMs = 30_000 } = this.options
    const buffer = this.buffers.pop() ?? Buffer.allocUnsafe(BATCH_BYTES)
    const batch = new WriteBatch(this.part, position, buffer)
    try {
      for await (const chunk of readChunks(body, { signal, stallMs })) {
        if (position + chunk.length > range[1]) throw tooLong()
        const turn = throttle?.(chunk.length, signal)
        if (turn !== undefined) await turn
        position += chunk.length
        this.pending += chunk.length
        for (let rest = chunk; rest.length > 0; ) {
          rest = batch.take(rest)
          if (batch.isFull) await this.flush(batch)
        }
        releaseChunk(chunk)
        this.options.onBytes?.(rangesBytes(this.done) + this.pending)
        const behind = this.saveNowAndThen()
        if (behind !== undefined) await behind
      }
    } finally {
      // What has arrived is kept, however the connection ended.
      await this.flush(batch)
      this.buffers.push(buffer)
    }
    if (position < range[1]) throw cutShort()
  }

  private async flush(batch: WriteBatch): Promise<void> {
    const written = await batch.write()
    const bytes = written[1] - written[0]
    if (bytes === 0) return
    this.pending -= bytes
    this.done = addRange(this.done, written)
    this.unsaved += bytes
    this.failures = 0
    this.tellFront()
  }

  private tellFront(): void {
    const first = this.done[0]
    this.options.onFront?.(first !== undefined && first[0] === 0 ? first[1] : 0)
  }

  /** The bytes at hand are of another version, or cannot be continued: everything again, over one connection. */
  private beginAnew(): HeadroomError {
    this.done = []
    this.tellFront()
    this.etag = undefined
    this.restarts += 1
    if (this.restarts > MAX_RESTARTS) return hubFailure(unsteady(), 'this file')
    return {
      code: 'NETWORK',
      message: 'The file on the hub changed, or the hub cannot continue it.',
      hint: 'It is fetched again from its beginning.',
    }
  }

  /**
   * Beside the transfer, which waits only for a disk that falls far behind; what goes wrong ends it at its next chunk.
   */
  private saveNowAndThen(): Promise<void> | undefined {
    if (this.saveFault !== undefined) throw this.saveFault
    const isDue = performance.now() - this.savedAt >= (this.options.saveEveryMs ?? SAVE_EVERY_MS)
    if (this.unsaved < (isDue ? 1 : SAVE_EVERY_BYTES)) return undefined
    if (this.saving !== undefined) return this.unsaved < 2 * SAVE_EVERY_BYTES ? undefined : this.saving
    this.saving = this.save()
      .catch((error: unknown) => {
        this.saveFault = error
      })
      .finally(() => {
        this.saving = undefined
        this.savedAt = performance.now()
      })
    return undefined
  }

  private async saveNow(): Promise<void> {
    await this.saving
    await this.save()
  }

  /** The bytes first, then the note that they are there: a note must never promise what a power cut took. */
  private async save(): Promise<void> {
    const state = this.state()
    this.unsaved = 0
    await this.part.flush()
    await this.options.onState(state)
  }

  private state(): TransferState {
    const { etag: _before, ...start } = this.start
    return { ...start, done: this.done, ...(this.etag !== undefined && { etag: this.etag }) }
  }

  /** Waits before the next round, or gives the error that ends the transfer. */
  private async afterFailure(problem: HeadroomError): Promise<HeadroomError | undefined> {
    this.failures += 1
    if (!RETRYABLE.has(problem.code) || this.failures > (this.options.maxFailures ?? 6)) return problem
    const wait = this.options.backoffMs ?? ((failures) => Math.min(30_000, 500 * 2 ** failures))
    try {
      await delay(wait(this.failures), undefined, { signal: this.options.signal })
      return undefined
    } catch {
      // Only the signal ends the wait early.
      return stopped()
    }
  }
}

/** An error of a file operation, as opposed to one of a socket. */
function isFileFault(error: unknown): boolean {
  const call = error instanceof Error && 'syscall' in error ? error.syscall : undefined
  return typeof call === 'string' && ['write', 'fdatasync', 'fsync', 'ftruncate', 'open'].includes(call)
}

function stopped(): HeadroomError {
  return { code: 'CANCELLED', message: 'The download was stopped.', hint: 'Start it again to go on.' }
}

function cutShort(): HubError {
  return new HubError({
    code: 'NETWORK',
    message: 'The hub stopped in the middle of the file.',
    hint: 'The download goes on where it stopped.',
  })
}

function unsteady(): HubError {
  return new HubError({
    code: 'CHANGED_WHILE_READING',
    message: 'The file on the hub keeps changing.',
    hint: 'Try again later, or name a commit.',
  })
}

function tooLong(): HubError {
  return new HubError({
    code: 'CHANGED_WHILE_READING',
    message: 'The hub sends more bytes than it announced.',
    hint: 'Nothing of this file was registered. Look the repository up again.',
  })
}
