import { fail, ok, type Result } from '#shared/domain/result'
import { type RegistryService } from '../../node/registry/registry-service'
import { type CliCommand } from '../command'
import { isSet } from '../options'
import { compared } from './backups'

/** Puts a backup in the place of its file. The bytes it replaces are backed up first, and `undo` brings them back. */
export const restoreCommand: CliCommand = {
  name: 'restore',
  summary: 'put a backup of the registry back',
  usesRegistry: true,
  configure: (command) =>
    command
      .argument('<name>', 'a name that `backups` lists, or "newest": the newest that can be read')
      .option('--dry-run', 'only show what would change'),
  async run({ context, args, options }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
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

async function nameOf(registry: RegistryService, name: string): Promise<Result<string>> {
  if (name !== 'newest') return ok(name)
  const newest = await registry.newestGoodBackup()
  if (!newest.ok) return newest
  if (newest.value) return ok(newest.value.name)
  return fail('NOT_FOUND', 'There is no backup that can be read.', { hint: 'Repair the file by hand.' })
}
