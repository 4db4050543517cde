import { basename } from 'node:path'
import { type ErrorCode, fail, type HeadroomError } from '#shared/domain/result'

interface Meaning {
  readonly code: ErrorCode
  readonly because: string
  readonly hint?: string
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: 'NOT_FOUND', because: 'it is not there', hint: 'Check the path.' },
  ENOTDIR: { code: 'NOT_A_FILE', because: 'a part of the path is not a folder', hint: 'Check the path.' },
  EISDIR: { code: 'NOT_A_FILE', because: 'it is a folder', hint: 'Check the path.' },
  ELOOP: { code: 'NOT_A_FILE', because: 'its links lead in a circle', hint: 'Repair the link.' },
  EACCES: { code: 'PERMISSION_DENIED', because: 'permission is denied', hint: 'Check who may write there.' },
  EPERM: {
    code: 'PERMISSION_DENIED',
    because: 'the system does not allow it',
    hint: 'Another program may hold the file open. Close it and try again.',
  },
  EBUSY: { code: 'BUSY', because: 'another program holds it', hint: 'Close the other program and try again.' },
  EROFS: {
    code: 'READ_ONLY',
    because: 'the disk is read-only',
    hint: 'Make it writable, or copy the files to another disk.',
  },
  ENOSPC: { code: 'DISK_FULL', because: 'the disk is full', hint: 'Free some space and try again.' },
  EDQUOT: { code: 'DISK_FULL', because: 'your disk quota is used up', hint: 'Free some space and try again.' },
  EFBIG: { code: 'DISK_FULL', because: 'the file is too large for this disk', hint: 'Use another disk.' },
  EMFILE: { code: 'TOO_MANY_OPEN_FILES', because: 'too many files are open', hint: 'Close programs and try again.' },
  ENFILE: { code: 'TOO_MANY_OPEN_FILES', because: 'too many files are open', hint: 'Close programs and try again.' },
  EIO: { code: 'IO', because: 'the disk reports an error', hint: 'Check the disk and make a copy of your files.' },
}

/** The system's error as a value: what was being done to which file, why it failed, what to do. */
export function fileError(
  error: unknown,
  path: string,
  doing: string,
): { readonly ok: false; readonly error: HeadroomError } {
  const system = systemCode(error)
  const meaning = MEANINGS[system ?? '']
  const code = meaning?.code ?? 'IO'
  const because = meaning?.because ?? (error instanceof Error ? error.message : String(error))
  return fail(code, `Couldn't ${doing} "${basename(path)}": ${because}.`, {
    path,
    ...(meaning?.hint !== undefined && { hint: meaning.hint }),
  })
}

/** `ENOENT`, `EACCES`, ... of a thrown value. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
