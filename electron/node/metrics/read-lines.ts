import { createReadStream } from 'node:fs'
import { type Readable } from 'node:stream'
import { fail, ok, type Result } from '#shared/domain/result'
import { readError } from '../files/file-error'
import { openRegularFile } from '../library/open-regular-file'

/** Receives the lines of a stream in order; memory stays bounded by the longest line allowed. */
export interface LineSink {
  /** A complete line, without its newline. */
  line(text: string): void
  /** A line longer than allowed was passed over. */
  tooLong?(): void
  /** Text after the last newline, when there is any. */
  tail(text: string): void
}

export interface LineOptions {
  /** Characters of one line. */
  readonly maxLineLength?: number
  readonly signal?: AbortSignal
  /** Asked after every piece: true ends the reading and leaves the stream open. */
  readonly isDone?: () => boolean
}

const MAX_LINE_LENGTH = 4 * 2 ** 20

/** Lines of a regular file, read in pieces. Errors: NOT_FOUND, NOT_A_FILE, PERMISSION_DENIED, IO, CANCELLED. */
export async function readFileLines(path: string, sink: LineSink, options: LineOptions = {}): Promise<Result<void>> {
  const opened = openRegularFile(path)
  if (!opened.ok) return opened
  const stream = createReadStream(path, { fd: opened.value.descriptor, encoding: 'utf8', highWaterMark: 256 * 1024 })
  const result = await readStreamLines(stream, sink, options)
  return result.ok || result.error.code === 'CANCELLED' ? result : { ok: false, error: { ...result.error, path } }
}

/** Lines of a text stream until it ends. Errors: IO, CANCELLED. */
export async function readStreamLines(
  stream: Readable,
  sink: LineSink,
  options: LineOptions = {},
): Promise<Result<void>> {
  const maxLineLength = options.maxLineLength ?? MAX_LINE_LENGTH
  let rest = ''
  let isOverflowing = false
  if (isAborted(options)) return fail('CANCELLED', 'Reading was cancelled.')
  // A silent stream would otherwise never notice.
  const stop = (): void => void stream.destroy()
  options.signal?.addEventListener('abort', stop)
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: options.isDone === undefined })) {
      if (isAborted(options)) return fail('CANCELLED', 'Reading was cancelled.')
      const parts = String(chunk).split('\n')
      const last = parts.pop() ?? ''
      for (const part of parts) {
        if (isOverflowing) sink.tooLong?.()
        else sink.line(rest + part)
        rest = ''
        isOverflowing = false
      }
      if (!isOverflowing) rest += last
      if (rest.length > maxLineLength) {
        rest = ''
        isOverflowing = true
      }
      if (options.isDone?.() === true) return ok(undefined)
    }
  } catch (error) {
    return isAborted(options) ? fail('CANCELLED', 'Reading was cancelled.') : readError(error)
  } finally {
    options.signal?.removeEventListener('abort', stop)
  }
  if (isAborted(options)) return fail('CANCELLED', 'Reading was cancelled.')
  if (isOverflowing) sink.tooLong?.()
  else if (rest !== '') sink.tail(rest)
  return ok(undefined)
}

function isAborted({ signal }: LineOptions): boolean {
  return signal?.aborted === true
}
