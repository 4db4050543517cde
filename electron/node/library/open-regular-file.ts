import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { fail, ok, type Result } from '#shared/domain/result'
import { readError } from '../files/file-error'
import { ReadFault } from './read-fault'

/** A regular file opened for reading. `stamp` changes when the file is written, replaced, grown or cut. */
export interface RegularFile {
  readonly descriptor: number
  readonly bytes: number
  readonly stamp: string
}

const notAFileHint = 'Choose the model file itself, not a folder, pipe or device.'

/**
 * Opens a file for reading, refusing what is not a regular file: a pipe or an endless device would block for ever.
 * The kind is asked before opening (opening a device can have effects) and again on the descriptor (it may have been
 * swapped in between); non-blocking, so that a pipe put there meanwhile cannot hold us either.
 */
export function openRegularFile(path: string): Result<RegularFile> {
  let descriptor: number | undefined
  try {
    if (path.includes('\0')) return fail('NOT_FOUND', 'The path holds a NUL character.', { path })
    const before = statSync(path)
    if (!before.isFile()) return fail('NOT_A_FILE', describeKind(before), { hint: notAFileHint, path })
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)
    descriptor = openSync(path, flags)
    const stats = fstatSync(descriptor, { bigint: true })
    if (!stats.isFile()) {
      closeSync(descriptor)
      return fail('NOT_A_FILE', describeKind(stats), { hint: notAFileHint, path })
    }
    return ok({ descriptor, bytes: Number(stats.size), stamp: stampOf(stats) })
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor)
    return readError(error, path)
  }
}

/**
 * Runs `read` over an open file and makes sure that the file stood still meanwhile: on a change the whole read is
 * repeated once, then refused (CHANGED_WHILE_READING). `read` may throw `ReadFault`; the caller catches it.
 */
export function readSteadyFile<T>(path: string, read: (file: RegularFile) => T): Result<T> {
  for (let attempt = 1; attempt <= 2; attempt++) {
    const opened = openRegularFile(path)
    if (!opened.ok) return opened
    const outcome = readOnce(path, opened.value, read)
    if (outcome !== 'changed') return outcome
  }
  return fail('CHANGED_WHILE_READING', 'The file changed while it was being read.', {
    hint: 'Wait until the download or copy has finished, then try again.',
    path,
  })
}

function readOnce<T>(path: string, file: RegularFile, read: (file: RegularFile) => T): Result<T> | 'changed' {
  try {
    const value = read(file)
    return isSteady(path, file) ? ok(value) : 'changed'
  } catch (error) {
    if (error instanceof ReadFault) {
      if (!isSteady(path, file)) return 'changed'
      return fail(error.code, error.message, { ...error.more, path })
    }
    return readError(error, path)
  } finally {
    closeSync(file.descriptor)
  }
}

/** Neither the open file nor what its path leads to has changed since it was opened. */
function isSteady(path: string, file: RegularFile): boolean {
  if (stampOf(fstatSync(file.descriptor, { bigint: true })) !== file.stamp) return false
  const now = statSync(path, { bigint: true, throwIfNoEntry: false })
  return now !== undefined && stampOf(now) === file.stamp
}

/** Identity of a file's content as far as the file system tells without reading it. */
export function stampOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`
}

/** Fills `into` from `position` on; fewer bytes only at the end of the file. */
export function readFully(descriptor: number, into: Uint8Array, position: number): number {
  let done = 0
  while (done < into.length) {
    const count = readSync(descriptor, into, done, into.length - done, position + done)
    if (count === 0) break
    done += count
  }
  return done
}

/** What stands where a file was expected. */
export function describeKind(stats: {
  isDirectory(): boolean
  isFIFO(): boolean
  isSocket(): boolean
  isCharacterDevice(): boolean
  isBlockDevice(): boolean
}): string {
  if (stats.isDirectory()) return 'This is a folder, not a file.'
  if (stats.isFIFO()) return 'This is a named pipe, not a file.'
  if (stats.isSocket()) return 'This is a socket, not a file.'
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return 'This is a device, not a file.'
  return 'This is not a regular file.'
}
