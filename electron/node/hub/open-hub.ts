import { fail, ok, type Result } from '#shared/domain/result'
import { createHubClient, DEFAULT_ENDPOINT, type HubClient } from './client'
import { HubError } from './hub-error'

export interface HubChoice {
  /** Default: `HF_ENDPOINT`, else the public hub. */
  readonly endpoint?: string
  /** Name of the environment variable that holds the token. */
  readonly tokenVariable?: string
  /** From the system's secret store; used when no variable is named. */
  readonly token?: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The client for what a person chose. `HF_TOKEN` and the stored token go to the public hub only (the stored one also to
 * a hub on this computer): a mirror, also one that `HF_ENDPOINT` names, gets a token when one was named for it. Errors: USAGE for an address or variable that cannot be used, NOT_ALLOWED_HOST.
 */
export function openHub({ endpoint, tokenVariable, token, env }: HubChoice): Result<HubClient> {
  const address = endpoint ?? (env['HF_ENDPOINT'] || DEFAULT_ENDPOINT)
  if (!URL.canParse(address)) {
    return fail('USAGE', 'The endpoint is no web address.', { hint: 'Write it as https://host.' })
  }
  const named = tokenVariable === undefined ? undefined : env[tokenVariable]
  if (tokenVariable !== undefined && (named === undefined || named === '')) {
    return fail('USAGE', `The environment variable ${tokenVariable} is not set.`, { hint: 'Set it to your token.' })
  }
  const usual = address === DEFAULT_ENDPOINT ? env['HF_TOKEN'] || undefined : undefined
  const secret = named ?? (isUsualHub(address) ? token : undefined) ?? usual
  // A line end in a token would end the header it stands in.
  if (secret !== undefined && !/^[\x21-\x7e]{1,500}$/.test(secret)) {
    return fail('USAGE', 'The token holds characters that a token cannot have.', { hint: 'Copy it again.' })
  }
  try {
    return ok(createHubClient({ endpoint: address, env, ...(secret !== undefined && { token: secret }) }))
  } catch (error) {
    if (error instanceof HubError) return { ok: false, error: error.error }
    throw error
  }
}

/** The hub for which a token is stored, or one on this computer (a proxy, a test). */
function isUsualHub(address: string): boolean {
  return address === DEFAULT_ENDPOINT || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(new URL(address).hostname)
}
