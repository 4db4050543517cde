import { ok } from '#shared/domain/result'
import { type CalibrationReport, calibrate } from '#shared/runtime/calibrate'
import { dropProfile, keepProfiles, profilesPath } from '../../node/profiles/profiles'
import { type World } from '../../node/world'
import { type CliCommand } from '../command'
import { observedStarts } from '../observed-starts'
import { isSet, textOption, usage } from '../options'
import { brief } from '../render/quantities'
import { table } from '../render/table'

/** Learns overheads from the user's own starts; nothing is used before it is accepted. */
export const calibrateCommand: CliCommand = {
  name: 'calibrate',
  summary: 'learn the overheads of this machine from its own starts',
  usesRegistry: true,
  configure: (command) =>
    command
      .option('--accept', 'keep what was learned as profiles (use one with --profile)')
      .option('--drop <name>', 'forget a profile')
      .option('--metrics <file>', 'metrics log (default: logs/model_loader_metrics.jsonl near the registry)'),
  async run(call) {
    const { world } = call.context.services
    const path = profilesPath(world)
    const unwanted = textOption(call.options, 'drop')
    if (unwanted !== undefined) return drop(world, unwanted)
    const starts = await observedStarts(call)
    if (!starts.ok) return starts
    const report = calibrate(starts.value)
    if (isSet(call.options, 'accept') && report.profiles.length > 0) {
      const saved = await keepProfiles(world, report.profiles)
      if (!saved.ok) return saved
    }
    const json = { profiles: report.profiles, left_out: report.leftOut, path }
    return ok({ json, text: calibrationText(report, isSet(call.options, 'accept') ? path : undefined) })
  },
}

async function drop(world: Pick<World, 'dataDir'>, name: string): ReturnType<CliCommand['run']> {
  const path = profilesPath(world)
  const dropped = await dropProfile(world, name)
  if (dropped.ok) return ok({ json: { dropped: name, path }, text: `Forgotten: ${name}` })
  return dropped.error.code === 'NOT_FOUND' ? usage(dropped.error.message, `Profiles are kept in ${path}.`) : dropped
}

function calibrationText(report: CalibrationReport, saved: string | undefined): string {
  const blocks = report.profiles.map((profile) =>
    [
      profile.name,
      table(
        (['non_torch_gib', 'graph_gib', 'activation_factor'] as const)
          .filter((key) => profile[key] !== undefined)
          .map((key) => [`  ${key}`, brief(profile[key])]),
      ),
      table(profile.data.map((one) => [`    ${one.term}`, one.model, one.value.toFixed(3), one.used ? '' : 'outlier'])),
    ].join('\n'),
  )
  const leftOut = report.leftOut.map((one) => `Left out: ${one.group} (${one.starts}): ${one.because}`)
  const head =
    blocks.length === 0 ? ['Nothing can be learned yet: three starts on one card and release are needed.'] : blocks
  const tail = saved !== undefined && blocks.length > 0 ? [`Kept in ${saved}`] : []
  return [...head, ...leftOut, ...tail].join('\n')
}
