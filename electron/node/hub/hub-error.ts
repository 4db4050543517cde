import { HubApiError } from '@huggingface/hub'
import { type ErrorCode, type HeadroomError } from '#shared/domain/result'

/** Carries a coded refusal through code that can only throw (the hub library, `fetch`); the edge turns it into a value. */
export class HubError extends Error {
  readonly error: HeadroomError

  constructor(error: HeadroomError) {
    super(error.message)
    this.name = 'HubError'
    this.error = error
  }
}

/** Error value for an HTTP status of a hub. `what` names the thing asked for: a repository or a file. */
export function statusError(status: number, what: string, retryAfter?: string | null): HeadroomError {
  const refuse = (code: ErrorCode, message: string, hint: string): HeadroomError => ({ code, message, hint })
  switch (status) {
    case 401:
      return refuse(
        'UNAUTHORIZED',
        `${what} is only for people whom the hub knows.`,
        'Give a token; the name may also be misspelt: a hub answers so for what does not exist.',
      )
    case 403:
      return refuse(
        'GATED',
        `${what} is gated or private.`,
        'Accept its licence on the hub with your account, then give a token of that account.',
      )
    case 404:
      return refuse(
        'NOT_FOUND',
        `${what} does not exist on this hub.`,
        'Check the spelling, the revision and the endpoint.',
      )
    case 416:
      return refuse('CHANGED_WHILE_READING', `${what} is not as long as it was.`, 'Start this download again.')
    case 429:
      return refuse('RATE_LIMITED', 'The hub asks for a pause: too many requests.', waitHint(retryAfter))
    default:
      if (status >= 500) return refuse('UNAVAILABLE', `The hub failed with status ${status}.`, 'Try again later.')
      return refuse('NETWORK', `The hub answered ${what} with status ${status}.`, 'Try again, or check the endpoint.')
  }
}

function waitHint(retryAfter: string | null | undefined): string {
  const seconds = Number(retryAfter)
  return Number.isFinite(seconds) && seconds > 0 ? `Try again in ${Math.ceil(seconds)} s.` : 'Try again in a minute.'
}

const UNTRUSTED: readonly [ErrorCode, string, string] = [
  'NETWORK',
  "The hub's certificate is not trusted.",
  'Add its authority with NODE_EXTRA_CA_CERTS.',
]

const CAUSES: Readonly<Record<string, readonly [ErrorCode, string, string]>> = {
  ENOTFOUND: ['NETWORK', 'The name of the hub cannot be resolved.', 'Check the network connection and the endpoint.'],
  EAI_AGAIN: ['NETWORK', 'The name of the hub cannot be resolved.', 'Check the network connection.'],
  ECONNREFUSED: ['NETWORK', 'The hub refuses connections.', 'Check the endpoint and whether it is running.'],
  ECONNRESET: ['NETWORK', 'The connection broke.', 'Try again; a download goes on where it stopped.'],
  UND_ERR_SOCKET: ['NETWORK', 'The connection broke.', 'Try again; a download goes on where it stopped.'],
  ENETUNREACH: ['NETWORK', 'There is no way to the network.', 'Check the network connection.'],
  EHOSTUNREACH: ['NETWORK', 'There is no way to the hub.', 'Check the network connection.'],
  ETIMEDOUT: ['NETWORK', 'The hub cannot be reached in time.', 'Check the network connection and the endpoint.'],
  EPIPE: ['NETWORK', 'The connection broke.', 'Try again; a download goes on where it stopped.'],
  CERT_HAS_EXPIRED: [
    'NETWORK',
    "The hub's certificate has expired.",
    'Check the clock of this computer, or tell the owner of the hub.',
  ],
  CERT_NOT_YET_VALID: ['NETWORK', "The hub's certificate is not valid yet.", 'Check the clock of this computer.'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'NETWORK',
    "The hub's certificate is for another name.",
    'Check the endpoint; something between you and the hub may answer in its place.',
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  ERR_PROXY_TUNNEL: [
    'NETWORK',
    'The proxy does not let the request through.',
    'Check HTTPS_PROXY and what the proxy allows, or name the hub in NO_PROXY.',
  ],
  ERR_PROXY_INVALID_CONFIG: [
    'NETWORK',
    'The address of the proxy cannot be used.',
    'Check HTTP_PROXY and HTTPS_PROXY: http://host:port.',
  ],
}

/** Any throw of the hub library or of `fetch` as an error value; what is not known stays visible in the message. */
export function hubFailure(thrown: unknown, what: string): HeadroomError {
  if (thrown instanceof HubError) return thrown.error
  if (thrown instanceof HubApiError) return statusError(thrown.statusCode, what)
  if (thrown instanceof Error && thrown.name === 'AbortError') return { code: 'CANCELLED', message: 'Cancelled.' }
  const code = causeCode(thrown)
  const known = code === undefined ? undefined : CAUSES[code]
  if (known !== undefined) return { code: known[0], message: known[1], hint: known[2] }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return {
    code: 'NETWORK',
    message: `Asking the hub for ${what} failed: ${message}`,
    hint: 'Check the network connection and try again.',
  }
}

/** The system's code, which `fetch` hides one or two causes deep. */
function causeCode(thrown: unknown): string | undefined {
  let current = thrown
  for (let depth = 0; depth < 4 && typeof current === 'object' && current !== null; depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code
    current = 'cause' in current ? current.cause : undefined
  }
  return undefined
}
