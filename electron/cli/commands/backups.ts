import { ok, type Result } from '#shared/domain/result'
import { type Comparison } from '#shared/ipc/entry-schemas'
import { compareBackup } from '../../node/entries/compare-backup'
import { type BackupInfo, type RegistryService } from '../../node/registry/registry-service'
import { type CliCommand, type CliOutcome } from '../command'
import { isSet } from '../options'
import { brief, grouped } from '../render/quantities'
import { table, visible } from '../render/table'

/** Lists backups; with a name, what restoring that one would change. */
export const backupsCommand: CliCommand = {
  name: 'backups',
  summary: 'backups of the registry, or what restoring one would change',
  usesRegistry: true,
  configure: (command) =>
    command
      .argument('[name]', 'a backup to compare with the registry as it is')
      .option('--now', 'make backups of the registry files now'),
  async run({ context, args: [name], options }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    if (isSet(options, 'now')) return backedUp(registry.value)
    if (name !== undefined) return compared(registry.value, name)
    const backups = await registry.value.backups()
    return backups.ok ? ok({ json: backups.value, text: listText(backups.value) }) : backups
  },
}

async function backedUp(registry: RegistryService): Promise<Result<CliOutcome>> {
  const made = await registry.backUp()
  return made.ok ? ok({ json: made.value, text: listText(made.value) }) : made
}

/** What a restore would change, as the outcome of a command. */
export async function compared(registry: RegistryService, name: string): Promise<Result<CliOutcome>> {
  const comparison = await compareBackup(registry, name)
  if (!comparison.ok) return comparison
  // a broken registry is just when a backup is looked at
  return ok({ json: { name, ...comparison.value }, text: comparisonText(comparison.value), exitCode: 0 })
}

function listText(backups: readonly BackupInfo[]): string {
  if (backups.length === 0) return 'There are no backups.'
  const rows = backups.map(({ name, at, bytes, file }) => [name, at, grouped(bytes), file])
  return table(rows, { head: ['Name', 'Made', 'Bytes', 'Copy of'], right: [2] })
}

function comparisonText({ added, removed, changed, values, models }: Comparison): string {
  if (added.length + removed.length + values === 0) return 'Restoring it would change no value.'
  const lines = changed.flatMap(({ model, values: turned }) => [
    visible(model),
    ...turned.map(({ path, now, backup }) => visible(`    ${path}: ${side(now)} -> ${side(backup)}`)),
  ])
  return [
    ...added.map((name) => visible(`+ ${name}`)),
    ...removed.map((name) => visible(`- ${name}`)),
    ...lines,
    `Restoring it would change ${values} values of ${models} models, bring ${added.length} models and remove ${removed.length}.`,
  ].join('\n')
}

function side(value: unknown): string {
  return value === undefined ? '(absent)' : brief(value)
}
