import { z } from 'zod'

/** Every way in which Headroom may refuse. Closed: a new refusal is a new line here. */
export const errorCodes = [
  // the request
  'USAGE',
  'BAD_REQUEST',
  'FORBIDDEN',
  'AMBIGUOUS',
  'UNSUPPORTED_ENGINE',
  'UNKNOWN_MODEL',
  'UNKNOWN_GPU',
  'MISSING_DATA',
  'NO_SOLUTION',
  'CANCELLED',
  'TIMEOUT',
  'BUSY',
  // files
  'NOT_FOUND',
  'NOT_A_FILE',
  'PERMISSION_DENIED',
  'DISK_FULL',
  'READ_ONLY',
  'TOO_MANY_OPEN_FILES',
  'IO',
  'CHANGED_WHILE_READING',
  // foreign formats
  'UNKNOWN_FORMAT',
  'EMPTY_FILE',
  'TRUNCATED',
  'INCOMPLETE_DATA',
  'BAD_MAGIC',
  'BAD_VERSION',
  'BAD_LENGTH',
  'BAD_TYPE',
  'BAD_VALUE',
  'BAD_JSON',
  'BAD_ENCODING',
  'READERS_DISAGREE',
  'LIMIT',
  'WORKER_FAILED',
  // the registry
  'NO_REGISTRY',
  'BAD_REGISTRY',
  'CONFLICT',
  'LOCKED',
  'LOCK_LOST',
  'NOTHING_TO_UNDO',
  'NEWER_SCHEMA',
  // the network and the host
  'NETWORK',
  'NOT_ALLOWED_HOST',
  'UNAUTHORIZED',
  'GATED',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'HASH_MISMATCH',
  'UNSAFE_NAME',
  'INTERNAL',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export const headroomErrorSchema = z.object({
  code: z.enum(errorCodes),
  /** What is true, in one plain sentence. */
  message: z.string(),
  /** What to do about it. */
  hint: z.string().optional(),
  /** Byte offset inside the offending file. */
  offset: z.number().int().nonnegative().optional(),
  /** The file concerned, as the user named it. */
  path: z.string().optional(),
})

export type HeadroomError = z.infer<typeof headroomErrorSchema>

/** Expected failures are values; a throw is a bug. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: HeadroomError }

export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function fail(
  code: ErrorCode,
  message: string,
  more: { hint?: string; offset?: number; path?: string } = {},
): { readonly ok: false; readonly error: HeadroomError } {
  return { ok: false, error: { code, message, ...more } }
}

/** Message and hint as one text, for places with room for a single one. */
export function errorText({ message, hint }: Pick<HeadroomError, 'message' | 'hint'>): string {
  return hint === undefined ? message : `${message} ${hint}`
}

/** Closes a switch over a union: reaching it at run time is a bug. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${String(value)}`)
}
