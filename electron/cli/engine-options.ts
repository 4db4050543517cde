import { fail, ok, type Result } from '#shared/domain/result'
import { isLoopback as isLoopbackUrl } from '../node/hub/loopback'
import { type CliCall } from './command'
import { textOption } from './options'

/** The key of an engine, out of the variable that `--token-env` names. Error: USAGE when it is not set. */
export function engineToken({ context, options }: CliCall): Result<string | undefined> {
  const variable = textOption(options, 'tokenEnv')
  if (variable === undefined) return ok(undefined)
  const token = context.services.world.env[variable]
  if (token !== undefined && token !== '') return ok(token)
  return fail('USAGE', `The environment variable ${variable} is not set.`, { hint: 'Set it to the key of the engine.' })
}

/** This computer, as far as its name tells. */
export function isLoopback(address: string): boolean {
  return isLoopbackUrl(new URL(address))
}
