import { join } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { type ProfilesFile, parseProfiles, writeProfiles } from '#shared/estimator/profiles'
import { type Calibration, type CalibrationReport, calibrate } from '#shared/runtime/calibrate'
import { fileError } from '../../node/files/file-error'
import { diskFileSystem } from '../../node/files/file-system'
import { readText } from '../../node/files/read-text'
import { replaceFile } from '../../node/files/replace-file'
import { type CliCommand } from '../command'
import { observedStarts } from '../observed-starts'
import { isSet, textOption, usage } from '../options'
import { brief } from '../render/quantities'
import { table } from '../render/table'

const MAX_PROFILES_BYTES = 2 ** 20

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
    const path = join(call.context.services.world.dataDir, 'profiles.json')
    const drop = textOption(call.options, 'drop')
    if (drop !== undefined) return dropProfile(path, drop)
    const starts = await observedStarts(call)
    if (!starts.ok) return starts
    const report = calibrate(starts.value)
    if (isSet(call.options, 'accept') && report.profiles.length > 0) {
      const saved = await changeProfiles(path, (own) => ok({ ...own, ...asProfiles(report.profiles) }))
      if (!saved.ok) return saved
    }
    const json = { profiles: report.profiles, left_out: report.leftOut, path }
    return ok({ json, text: calibrationText(report, isSet(call.options, 'accept') ? path : undefined) })
  },
}

async function dropProfile(path: string, name: string): ReturnType<CliCommand['run']> {
  const saved = await changeProfiles(path, (own) => {
    if (!Object.hasOwn(own, name)) return usage(`There is no profile "${name}" in ${path}.`)
    const { [name]: _dropped, ...rest } = own
    return ok(rest)
  })
  return saved.ok ? ok({ json: { dropped: name, path }, text: `Forgotten: ${name}` }) : saved
}

async function changeProfiles(
  path: string,
  change: (own: ProfilesFile) => Result<ProfilesFile>,
): Promise<Result<void>> {
  const file = await readText(path, { maxBytes: MAX_PROFILES_BYTES })
  if (!file.ok && file.error.code !== 'NOT_FOUND') return file
  const own = file.ok ? parseProfiles(file.value.text) : ok({})
  if (!own.ok) return own
  const next = change(own.value)
  if (!next.ok) return next
  try {
    await diskFileSystem.makeDirectory(join(path, '..'))
  } catch (error) {
    return fileError(error, path, 'create')
  }
  return replaceFile(path, writeProfiles(next.value))
}

function asProfiles(found: readonly Calibration[]): ProfilesFile {
  const profiles: ProfilesFile = {}
  for (const one of found) {
    profiles[one.name] = {
      description: one.description,
      ...(one.non_torch_gib !== undefined && { non_torch_gib: [...one.non_torch_gib] }),
      ...(one.graph_gib !== undefined && { graph_gib: [...one.graph_gib] }),
      ...(one.activation_factor !== undefined && { activation_factor: one.activation_factor }),
    }
  }
  return profiles
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
