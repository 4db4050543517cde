import { type ErrorCode, type HeadroomError } from '#shared/domain/result'

export type ErrorAction = 'token' | 'retry'

export interface ErrorView {
  /** What kind of trouble it is, in a few words. */
  readonly title: string
  readonly text: string
  /** Buttons that help here, the best one first. */
  readonly actions: readonly ErrorAction[]
}

const TITLES: Partial<Record<ErrorCode, string>> = {
  USAGE: 'Not a repository',
  UNAUTHORIZED: 'The hub asks who you are',
  GATED: 'Gated or private model',
  NOT_FOUND: 'Not found on this hub',
  RATE_LIMITED: 'The hub asks for a pause',
  UNAVAILABLE: 'The hub is failing',
  NETWORK: 'No connection to the hub',
  TIMEOUT: 'The hub does not answer',
  NOT_ALLOWED_HOST: 'An address that is not trusted',
  DISK_FULL: 'The disk is full',
  HASH_MISMATCH: 'Wrong content',
  CHANGED_WHILE_READING: 'The file changed on the hub',
  UNSAFE_NAME: 'A file name that is not safe',
  LIMIT: 'Too large to list',
}

/** What a refusal means for the person in front of it. `isOnline`: whether the system knows of any network. */
export function errorView(error: HeadroomError, isOnline = true): ErrorView {
  if (error.code === 'NETWORK' && !isOnline) {
    return {
      title: 'This computer is offline',
      text: 'There is no network. The hub is asked again by itself as soon as there is one.',
      actions: ['retry'],
    }
  }
  return { title: TITLES[error.code] ?? 'That did not work', text: errorText(error), actions: actionsFor(error.code) }
}

function actionsFor(code: ErrorCode): readonly ErrorAction[] {
  if (needsToken(code)) return ['token', 'retry']
  // What was typed must change first: asking the same again gives the same answer.
  return code === 'USAGE' || code === 'NOT_ALLOWED_HOST' ? [] : ['retry']
}

export function needsToken(code: ErrorCode | undefined): boolean {
  return code === 'GATED' || code === 'UNAUTHORIZED'
}

export function errorText({ message, hint }: HeadroomError): string {
  return hint === undefined ? message : `${message} ${hint}`
}
