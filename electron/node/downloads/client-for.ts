import { type Result } from '#shared/domain/result'
import { type HubClient } from '../hub/client'
import { openHub } from '../hub/open-hub'
import { type DownloadsOptions } from './downloads-options'

/** The hub that a person chose, with the stored token where it belongs. Errors: USAGE, NOT_ALLOWED_HOST. */
export async function clientFor(
  options: Pick<DownloadsOptions, 'services' | 'readToken'>,
  endpoint: string | undefined,
): Promise<Result<HubClient>> {
  // The token was given for the usual hub; a mirror that somebody names must not get it.
  const token = endpoint === undefined ? await options.readToken() : undefined
  const { env } = options.services.world
  return openHub({ env, ...(endpoint !== undefined && { endpoint }), ...(token !== undefined && { token }) })
}
