import { fail, ok, type Result } from '#shared/domain/result'
import { repairJson } from '../../node/entries/care-json'
import { type RepairRequest, repairKeptCopy } from '../../node/entries/repair-kept-copy'
import { type RegistryService } from '../../node/registry/registry-service'
import { type CliCommand, type CliContext, type CliOutcome } from '../command'
import { isSet } from '../options'
import { visible } from '../render/table'
import { compared } from './backups'

/** Puts a backup in the place of its file. The bytes it replaces are backed up first, and `undo` brings them back. */
export const restoreCommand: CliCommand = {
  name: 'restore',
  summary: 'put a backup of the registry back',
  usesRegistry: true,
  configure: (command) =>
    command
      .argument(
        '<name>',
        'a name that `backups` lists, "newest" (that can be read), or a copy that `doctor` lists as set aside',
      )
      .option('--dry-run', 'only show what would change'),
  async run({ context, args, options }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    if (args[0]?.includes('.corrupt-'))
      return repaired(context, registry.value, { name: args[0], dryRun: isSet(options, 'dryRun') })
    const name = await nameOf(registry.value, args[0] ?? '')
    if (!name.ok) return name
    if (isSet(options, 'dryRun')) return compared(registry.value, name.value)
    const restored = await registry.value.restore(name.value)
    if (!restored.ok) return restored
    const { id, at, description, models, files, backup } = restored.value
    const json = { restored: name.value, files, id, at, description, models, ...(backup !== undefined && { backup }) }
    const kept = backup === undefined ? '' : ` What it replaced is kept as ${backup}.`
    return ok({ json, text: `Restored ${name.value}.${kept} "undo" takes it back.` })
  },
}

/** A file that could not be read: its whole entries are put back. */
async function repaired(
  { services }: CliContext,
  registry: RegistryService,
  request: RepairRequest,
): Promise<Result<CliOutcome>> {
  const done = await repairKeptCopy(registry, services.world.dataDir, request)
  if (!done.ok) return done
  const { file, entries, lost, backup } = done.value
  const left = lost.map(({ line, start }) => `  left out, line ${line}: ${visible(start.split('\n')[0] ?? '')}`)
  const ending = request.dryRun
    ? 'Nothing was changed. Repeat without --dry-run.'
    : `Written.${backup === undefined ? '' : ` What it replaced is kept as ${backup}.`} "undo" takes it back.`
  const text = [`${entries} whole entries for ${file}.`, ...left, ending].join('\n')
  return ok({ json: { dry_run: request.dryRun, ...repairJson(done.value) }, text, exitCode: 0 })
}

async function nameOf(registry: RegistryService, name: string): Promise<Result<string>> {
  if (name !== 'newest') return ok(name)
  const newest = await registry.newestGoodBackup()
  if (!newest.ok) return newest
  if (newest.value) return ok(newest.value.name)
  return fail('NOT_FOUND', 'There is no backup that can be read.', { hint: 'Repair the file by hand.' })
}
