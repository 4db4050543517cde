import { closeSync, fstatSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as wait } from 'node:timers/promises'
import { fail, ok, type Result } from '#shared/domain/result'
import { openRegularFile, type RegularFile, readFully } from '../library/open-regular-file'

export interface FollowOptions {
  /** Asked after every piece: true ends the following. */
  readonly isDone: () => boolean
  readonly signal: AbortSignal
  readonly pollMs?: number
}

const PIECE_BYTES = 256 * 1024
const MAX_LINE = 4 * 2 ** 20

/**
 * Lines of a file that grows, until `isDone`. A file that is cut short or replaced by another of its name (rotation)
 * is read from its beginning. Errors: those of opening, CANCELLED.
 */
export async function followFileLines(
  path: string,
  onLine: (line: string) => void,
  options: FollowOptions,
): Promise<Result<void>> {
  const piece = new Uint8Array(PIECE_BYTES)
  let place = { inode: 0n, offset: 0 }
  let text = createLineText(onLine)
  for (;;) {
    if (options.signal.aborted) return fail('CANCELLED', 'Following the log was cancelled.')
    const opened = openRegularFile(path)
    // Between two logs of a rotation there may be none; the first one must be there.
    if (!opened.ok && (opened.error.code !== 'NOT_FOUND' || place.inode === 0n)) return opened
    if (opened.ok) {
      const inode = inodeOf(opened.value)
      if (inode !== place.inode || opened.value.bytes < place.offset) {
        place = { inode, offset: 0 }
        text = createLineText(onLine)
      }
      place.offset += readOn(opened.value, place.offset, { piece, text, isDone: options.isDone })
    }
    if (options.isDone()) return ok(undefined)
    await wait(options.pollMs ?? 500, undefined, { signal: options.signal }).catch(() => undefined) // an abort is seen above
  }
}

function inodeOf(file: RegularFile): bigint {
  return fstatSync(file.descriptor, { bigint: true }).ino + 1n
}

/** Reads to the present end and closes; gives the number of bytes. */
function readOn(
  file: RegularFile,
  from: number,
  into: { readonly piece: Uint8Array; readonly text: LineText; readonly isDone: () => boolean },
): number {
  let done = 0
  try {
    for (;;) {
      const count = readFully(file.descriptor, into.piece, from + done)
      into.text.add(into.piece.subarray(0, count))
      done += count
      if (count < into.piece.length || into.isDone()) return done
    }
  } finally {
    closeSync(file.descriptor)
  }
}

export interface LineText {
  add(bytes: Uint8Array): void
  /** Hands out what stands after the last newline. */
  end(): void
}

/**
 * Bytes to lines, over piece borders inside a character; a flood without newlines is cut, not kept. `onLast` gets what
 * stands after the last newline, which may be cut.
 */
export function createLineText(onLine: (line: string) => void, onLast = onLine): LineText {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return {
    add(bytes) {
      const parts = (rest + decoder.write(Buffer.from(bytes))).split('\n')
      rest = (parts.pop() ?? '').slice(-MAX_LINE)
      for (const part of parts) onLine(part)
    },
    end() {
      const last = rest + decoder.end()
      rest = ''
      if (last !== '') onLast(last)
    },
  }
}
