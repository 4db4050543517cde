import { ok } from '#shared/domain/result'
import { findModel } from '#shared/registry/find-model'
import { planRemoval, removeEntries } from '../../node/entries/remove-entries'
import { type CliCommand } from '../command'
import { isSet } from '../options'
import { grouped } from '../render/quantities'

/** Takes entries out of the registry; a dry run until `--yes`. */
export const removeCommand: CliCommand = {
  name: 'remove',
  summary: 'take models out of the registry (a dry run without --yes)',
  usesRegistry: true,
  configure: (command) =>
    command
      .argument('<model...>', 'names')
      .option('--delete-files', 'delete the files that the entries list, too')
      .option('--yes', 'do it; without this only the plan is shown'),
  async run({ context, rest, options }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    const snapshot = await registry.value.load()
    if (!snapshot.ok) return snapshot
    const { entries } = snapshot.value
    const chosen = []
    for (const name of rest) {
      const entry = findModel(entries, name)
      if (!entry.ok) return entry
      chosen.push(entry.value)
    }
    const { inspector } = context.services
    const plan = await planRemoval(entries, chosen, { withFiles: isSet(options, 'deleteFiles'), inspector })
    const dryRun = !isSet(options, 'yes')
    const done = dryRun ? undefined : await removeEntries(registry.value, plan)
    if (done?.ok === false) return done
    const { backup, failed = [] } = done?.value ?? {}
    const { names, files, bytes, notes } = plan
    const head = dryRun ? 'Would be removed' : 'Removed'
    const text = [
      `${head}: ${names.join(', ')}.`,
      files.length === 0 ? 'No file is deleted.' : `${files.length} files, ${grouped(bytes)} bytes:`,
      ...files.map((file) => `  ${file}`),
      ...(dryRun ? ['Nothing was changed. Repeat with --yes.'] : []),
    ].join('\n')
    const left = failed.map((one) => `Could not be deleted: ${one}`)
    const json = { dry_run: dryRun, removed: names, files, bytes, ...(backup !== undefined && { backup }) }
    const undeleted = failed.length > 0 ? { failed } : {}
    return ok({
      json: { ...json, ...undeleted },
      text,
      notes: [...notes, ...left],
      exitCode: failed.length > 0 ? 1 : 0,
    })
  },
}
