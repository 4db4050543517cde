import { type Result } from '#shared/domain/result'
import { type HubClient } from '../node/hub/client'
import { openHub } from '../node/hub/open-hub'
import { type CliContext, type CliOptions } from './command'
import { textOption } from './options'

/** The hub that `--endpoint` and `--token-env` name. Errors: USAGE, NOT_ALLOWED_HOST. */
export function hubOf(context: CliContext, options: CliOptions): Result<HubClient> {
  const endpoint = textOption(options, 'endpoint')
  const tokenVariable = textOption(options, 'tokenEnv')
  return openHub({
    env: context.services.world.env,
    ...(endpoint !== undefined && { endpoint }),
    ...(tokenVariable !== undefined && { tokenVariable }),
  })
}
