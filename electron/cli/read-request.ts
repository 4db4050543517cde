import { type Result } from '#shared/domain/result'
import { type EngineId, type EstimateRequest, type FlagLayer } from '#shared/estimator/request'
import { buildRequest } from '#shared/estimator-request/build-request'
import { chooseEngine } from '#shared/estimator-request/engine-of'
import { ownsFlag } from '#shared/launch-args/catalogue'
import { effectiveFlags } from '#shared/launch-args/effective-flags'
import { chooseGpus } from './choose-gpus'
import { type CliCall, type CliOptions } from './command'
import { readEstimateOptions } from './estimate-options'
import { readSubject } from './estimate-subject'
import { textOption } from './options'

/** Everything of a command line as one `EstimateRequest`. Errors: USAGE, and those of the registry and of files. */
export async function readRequest(call: CliCall): Promise<Result<EstimateRequest>> {
  const options = readEstimateOptions(call.options)
  if (!options.ok) return options
  const subject = await readSubject(call)
  if (!subject.ok) return subject
  const gpus = await chooseGpus(call.context, call.options)
  if (!gpus.ok) return gpus
  const architecture = subject.value.architecture ?? subject.value.model?.architecture ?? {}
  const engine = chooseEngine({ ...subject.value, ...options.value, architecture })
  if (!engine.ok) return engine
  const flags = flagLayers(call, engine.value.value)
  const useMeasured = call.options['measured'] !== false
  return buildRequest({ ...subject.value, ...options.value, gpus: gpus.value, flags, useMeasured })
}

/** Flags of the line itself, then those of `--extra-args`. */
function flagLayers(call: CliCall, engine: EngineId): readonly FlagLayer[] {
  const words = launchWords(call.options)
  const line = textOption(call.options, 'extraArgs')
  const given = effectiveFlags(words, engine)
  for (const flag of Object.keys(given)) {
    if (!ownsFlag(engine, flag.replace(/^no-/, '')) && !ownsFlag(engine, flag)) {
      call.context.note(`--${flag} means nothing to ${engine}; it is not used.`)
    }
  }
  return [
    ...(words.length > 0 ? [{ source: 'flag', values: given }] : []),
    ...(line === undefined ? [] : [{ source: 'extra_args', values: effectiveFlags(line, engine) }]),
  ]
}

/** Words that `splitLaunchFlags` took out of the line. */
export function launchWords(options: CliOptions): readonly string[] {
  const text = textOption(options, 'launchFlagWords')
  if (text === undefined) return []
  const value: unknown = JSON.parse(text) // written by splitLaunchFlags
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}
