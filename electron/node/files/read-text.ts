import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { fileError } from './file-error'
import { diskFileSystem, type FileStat, type FileSystem, type OpenFile } from './file-system'

/** A text file as it was at one moment. */
export interface TextFile {
  /** Without byte order mark; line ends as they are. */
  readonly text: string
  readonly hasBom: boolean
  /** SHA-256 of all bytes, hexadecimal. */
  readonly hash: string
  readonly stat: FileStat
}

export interface ReadOptions {
  readonly fs?: FileSystem
  readonly maxBytes: number
}

/** All bytes of a regular file that did not change meanwhile. Errors: LIMIT, NOT_A_FILE, CHANGED_WHILE_READING, system. */
export async function readBytes(
  path: string,
  { fs = diskFileSystem, maxBytes }: ReadOptions,
): Promise<Result<{ readonly bytes: Uint8Array; readonly stat: FileStat }>> {
  for (let attempt = 1; ; attempt += 1) {
    let read: ReadOnce
    try {
      read = await readOnce(path, fs, maxBytes)
    } catch (error) {
      return fileError(error, path, 'read')
    }
    if (read.problem) return read.problem
    if (read.isStable) return ok({ bytes: read.bytes, stat: read.stat })
    if (attempt >= 3) {
      return fail('CHANGED_WHILE_READING', `"${basename(path)}" keeps changing while it is read.`, {
        hint: 'Another program is writing it. Try again in a moment.',
        path,
      })
    }
  }
}

const COMPARED = 2 ** 20

/**
 * Whether a regular file holds exactly these bytes. As strong as comparing hashes, without reading the whole file into
 * memory. Errors: NOT_A_FILE, system.
 */
export async function isSameContent(
  path: string,
  expected: Uint8Array,
  fs: FileSystem = diskFileSystem,
): Promise<Result<boolean>> {
  try {
    const file = await fs.open(path, 'read')
    try {
      const { kind, size } = await file.stat()
      if (kind !== 'file') return notAFile(path)
      return ok(size === expected.length && (await holds(file, expected)))
    } finally {
      await file.close()
    }
  } catch (error) {
    return fileError(error, path, 'read')
  }
}

/** One byte more is asked for at the end: a file that grew meanwhile is another one. */
async function holds(file: OpenFile, expected: Uint8Array): Promise<boolean> {
  const buffer = Buffer.alloc(Math.min(COMPARED, expected.length + 1))
  for (let done = 0; ; ) {
    const count = await file.read(buffer, done)
    if (count === 0) return done === expected.length
    if (done + count > expected.length) return false
    if (buffer.compare(expected, done, done + count, 0, count) !== 0) return false
    done += count
  }
}

function notAFile(path: string) {
  return fail('NOT_A_FILE', `"${basename(path)}" is not a file.`, {
    hint: 'Headroom reads and writes regular files only. Check the path.',
    path,
  })
}

/** A UTF-8 text file. A byte order mark is accepted; BAD_ENCODING for UTF-16 or bytes that are not UTF-8. */
export async function readText(path: string, options: ReadOptions): Promise<Result<TextFile>> {
  const read = await readBytes(path, options)
  if (!read.ok) return read
  const { bytes, stat } = read.value
  const decoded = decodeText(bytes, path)
  return decoded.ok ? ok({ ...decoded.value, hash: hashOf(bytes), stat }) : decoded
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The bytes of a text file. */
export function encodeText({ text, hasBom }: { readonly text: string; readonly hasBom: boolean }): Uint8Array {
  return Buffer.from(hasBom ? `\uFEFF${text}` : text, 'utf8')
}

export function decodeText(bytes: Uint8Array, path: string): Result<{ text: string; hasBom: boolean }> {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return fail('BAD_ENCODING', `"${basename(path)}" is UTF-16.`, { hint: 'Save it as UTF-8.', path })
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const hasBom = text.startsWith('\uFEFF')
    return ok({ text: hasBom ? text.slice(1) : text, hasBom })
  } catch {
    return fail('BAD_ENCODING', `"${basename(path)}" is not UTF-8 text.`, { hint: 'Save it as UTF-8.', path })
  }
}

interface ReadOnce {
  readonly bytes: Uint8Array
  readonly stat: FileStat
  readonly isStable: boolean
  readonly problem?: Result<never>
}

async function readOnce(path: string, fs: FileSystem, maxBytes: number): Promise<ReadOnce> {
  const file = await fs.open(path, 'read')
  try {
    const stat = await file.stat()
    const nothing = { bytes: new Uint8Array(), stat, isStable: true }
    if (stat.kind !== 'file') {
      return { ...nothing, problem: notAFile(path) }
    }
    if (stat.size > maxBytes) {
      const message = `"${basename(path)}" is too large: ${stat.size} bytes, at most ${maxBytes} are read.`
      return { ...nothing, problem: fail('LIMIT', message, { hint: 'Check that this is the right file.', path }) }
    }
    const bytes = await readAll(file, stat.size)
    const after = await file.stat()
    const isStable = after.size === bytes.length && after.mtimeMs === stat.mtimeMs && after.size === stat.size
    return { bytes, stat, isStable }
  } finally {
    await file.close()
  }
}

async function readAll(file: OpenFile, size: number): Promise<Uint8Array> {
  // never more than was announced: a file that grows is read again
  const bytes = new Uint8Array(size)
  let done = 0
  while (done < size) {
    const count = await file.read(bytes.subarray(done), done)
    if (count === 0) break
    done += count
  }
  return bytes.subarray(0, done)
}
