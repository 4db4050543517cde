import { type ErrorCode, fail, type HeadroomError } from '#shared/domain/result'
import { visibleText } from '#shared/domain/visible-text'

/**
 * Refusal from deep inside a reader, caught at that reader's front door and turned into a `Result` there.
 * Passing a Result through every two-byte read would cost more than the read; nothing but a reader may throw this.
 */
export class ReadFault extends Error {
  readonly code: ErrorCode
  readonly more: { hint?: string; offset?: number }

  constructor(code: ErrorCode, message: string, more: { hint?: string; offset?: number } = {}) {
    super(message)
    this.code = code
    this.more = more
  }
}

/** The coded error of a fault; anything else is a bug and goes on as a throw. */
export function faultResult(
  thrown: unknown,
  path: string | undefined,
): { readonly ok: false; readonly error: HeadroomError } {
  if (!(thrown instanceof ReadFault)) throw thrown
  return fail(thrown.code, thrown.message, { ...thrown.more, ...(path === undefined ? {} : { path }) })
}

/** Text of a foreign file inside a message: quoted, control and direction characters visible, clipped. */
export function quoteForeign(text: string, maxLength = 80): string {
  const clipped = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
  return `"${visibleText(clipped)}"`
}
