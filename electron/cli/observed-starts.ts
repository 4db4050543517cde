import { resolve } from 'node:path'
import { type Result } from '#shared/domain/result'
import { type AccuracyStart } from '#shared/runtime/accuracy'
import { readObservedStarts } from '../node/metrics/observed-starts'
import { type CliCall } from './command'
import { textOption } from './options'

/** Starts in the log of the registry, or in the one of `--metrics`. */
export async function observedStarts({ context, options }: CliCall): Promise<Result<readonly AccuracyStart[]>> {
  const registry = await context.openRegistry()
  if (!registry.ok) return registry
  const given = textOption(options, 'metrics')
  return readObservedStarts(registry.value, context.services.world, {
    signal: context.signal,
    ...(given !== undefined && { metricsPath: resolve(given) }),
  })
}
