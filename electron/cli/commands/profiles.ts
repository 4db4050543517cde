import { basename } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { exportedProfiles, type ProfileEdit, type ProfilePatch } from '#shared/estimator/profile-edits'
import { builtInProfiles, type ProfilesFile, writeProfiles } from '#shared/estimator/profiles'
import { replaceFile } from '../../node/files/replace-file'
import { editOwnProfiles, profilesPath, readProfiles, readProfilesFile } from '../../node/profiles/profiles'
import { type CliCall, type CliCommand, type CliOptions, type CliOutcome } from '../command'
import { asUsage, isSet, textOption, usage } from '../options'
import { brief } from '../render/quantities'
import { table } from '../render/table'

const ACTIONS = ['list', 'create', 'set', 'duplicate', 'rename', 'delete', 'import', 'export'] as const
type Action = (typeof ACTIONS)[number]

/** Overhead profiles, as the Settings page edits them. */
export const profilesCommand: CliCommand = {
  name: 'profiles',
  summary: 'overhead profiles: list, create, set, duplicate, rename, delete, import, export',
  configure: (command) =>
    command
      .argument('[action]', `${ACTIONS.join(', ')} (default: list)`)
      .argument('[name]', 'a profile, or the file of import and export')
      .argument('[as]', 'the new name, for duplicate and rename')
      .option('--description <text>', 'words about it; "none" takes a value out, here and below')
      .option('--non-torch-gib <gib>', 'overhead outside torch: 0.2, or low,likely,high')
      .option('--graph-gib <gib>', 'CUDA graphs: 0.5, or low,likely,high')
      .option('--activation-factor <factor>', 'scales the activation peak: 1.1')
      .option('--replace', 'import: over own profiles of the same name'),
  async run(call) {
    const [action = 'list', name = '', as = ''] = call.args
    if (!isAction(action)) return usage(`There is no action "${action}".`, `Use one of ${ACTIONS.join(', ')}.`)
    const needed = action === 'list' ? 0 : action === 'duplicate' || action === 'rename' ? 2 : 1
    if (needed > 0 && name === '') return usage(`profiles ${action} needs a name.`)
    if (needed > 1 && as === '') return usage(`profiles ${action} needs the new name as well.`)
    return carryOut(call, { action, name, as })
  },
}

function isAction(text: string): text is Action {
  return (ACTIONS as readonly string[]).includes(text)
}

interface Asked {
  readonly action: Action
  readonly name: string
  readonly as: string
}

async function carryOut(call: CliCall, { action, name, as }: Asked): Promise<Result<CliOutcome>> {
  switch (action) {
    case 'list':
      return listed(call)
    case 'create':
    case 'set': {
      const patch = readPatch(call.options)
      if (!patch.ok) return patch
      return edited(call, { kind: action === 'set' ? 'change' : 'create', name, patch: patch.value })
    }
    case 'duplicate':
    case 'rename':
      return edited(call, { kind: action, name, as })
    case 'delete':
      return edited(call, { kind: 'delete', name })
    case 'import': {
      const file = await readProfilesFile(name)
      if (!file.ok) return file
      return edited(call, { kind: 'import', profiles: file.value, replace: isSet(call.options, 'replace') })
    }
    case 'export':
      return exported(call, name)
  }
}

async function edited(call: CliCall, edit: ProfileEdit): Promise<Result<CliOutcome>> {
  const done = await editOwnProfiles(call.context.services.world, edit)
  if (done.ok) return listed(call)
  return done.error.code === 'NOT_FOUND' || done.error.code === 'CONFLICT'
    ? usage(done.error.message, done.error.hint)
    : asUsage(done)
}

async function listed({ context }: CliCall): Promise<Result<CliOutcome>> {
  const { world } = context.services
  const own = await readProfiles(world)
  if (!own.ok) return own
  const json = { path: profilesPath(world), own: own.value, built_in: builtInProfiles }
  return ok({ json, text: profilesText(own.value) })
}

async function exported({ context }: CliCall, path: string): Promise<Result<CliOutcome>> {
  const own = await readProfiles(context.services.world)
  if (!own.ok) return own
  const profiles = exportedProfiles(own.value)
  const written = await replaceFile(path, writeProfiles(profiles), { mode: 0o644 })
  if (!written.ok) return written
  const names = Object.keys(profiles)
  return ok({ json: { path, profiles: names }, text: `Wrote ${names.length} profiles to ${basename(path)}.` })
}

function profilesText(own: ProfilesFile): string {
  const names = [...new Set([...Object.keys(builtInProfiles), ...Object.keys(own)])]
  const rows = names.map((name) => {
    const isOwn = Object.hasOwn(own, name)
    const profile = (isOwn ? own[name] : builtInProfiles[name]) ?? {}
    const overhead = profile.non_torch_gib ?? profile.overhead_gib ?? profile.base_overhead_gib
    const cells = [overhead, profile.graph_gib, profile.activation_factor].map((value) =>
      value === undefined ? '' : brief(value),
    )
    return [name, isOwn ? 'own' : 'built in', ...cells, profile.description ?? '']
  })
  return table(rows, { head: ['Profile', '', 'Overhead GiB', 'Graphs GiB', 'Activations x', ''] })
}

/** What the options say; "none" takes a value out. Error: USAGE. */
function readPatch(options: CliOptions): Result<ProfilePatch> {
  const description = textOption(options, 'description')
  const overhead = readAmount(options, 'nonTorchGib', '--non-torch-gib')
  if (!overhead.ok) return overhead
  const graphs = readAmount(options, 'graphGib', '--graph-gib')
  if (!graphs.ok) return graphs
  const factor = readFactor(textOption(options, 'activationFactor'))
  if (!factor.ok) return factor
  return ok({
    ...(description !== undefined && { description: description === 'none' ? null : description }),
    ...(overhead.value !== undefined && { non_torch_gib: overhead.value }),
    ...(graphs.value !== undefined && { graph_gib: graphs.value }),
    ...(factor.value !== undefined && { activation_factor: factor.value }),
  })
}

type Amount = number | [number, number, number] | null

function readAmount(options: CliOptions, key: string, flag: string): Result<Amount | undefined> {
  const text = textOption(options, key)
  if (text === undefined) return ok(undefined)
  if (text === 'none') return ok(null)
  const parts = text.split(',').map((part) => (/^\s*\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN))
  const [low, likely, high] = parts
  const isReadable = parts.every((part) => Number.isFinite(part))
  if (isReadable && low !== undefined && parts.length === 1) return ok(low)
  const isRange = isReadable && parts.length === 3 && low !== undefined && likely !== undefined && high !== undefined
  if (isRange && low <= likely && likely <= high) return ok([low, likely, high])
  return usage(`${flag} is "${text}".`, 'Write GiB as 0.2, as 0.1,0.2,0.4 (low, likely, high), or none.')
}

function readFactor(text: string | undefined): Result<number | null | undefined> {
  if (text === undefined) return ok(undefined)
  if (text === 'none') return ok(null)
  const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN
  if (value > 0 && value <= 10) return ok(value)
  return usage(`--activation-factor is "${text}".`, 'Write a number above 0 and up to 10, or none.')
}
