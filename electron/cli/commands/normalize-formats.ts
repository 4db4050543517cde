import { ok, type Result } from '#shared/domain/result'
import { type FormatChange, normalizeFormats } from '#shared/library/normalize-formats'
import { type CliCommand, type CliOutcome } from '../command'
import { isSet } from '../options'
import { table } from '../render/table'

/** One vocabulary for format and quantisation; a dry run until `--yes`. */
export const normalizeFormatsCommand: CliCommand = {
  name: 'normalize-formats',
  summary: 'one vocabulary for download_format and quantization (a dry run without --yes)',
  usesRegistry: true,
  configure: (command) => command.option('--yes', 'write; without this only the changes are shown'),
  async run({ context, options }): Promise<Result<CliOutcome>> {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    const snapshot = await registry.value.load()
    if (!snapshot.ok) return snapshot
    let results = normalizeFormats(snapshot.value.entries)
    const dryRun = !isSet(options, 'yes')
    let backup: string | undefined
    if (!dryRun && results.length > 0) {
      const changed = await registry.value.change({
        description: 'normalize-formats',
        backup: true,
        plan: (entries) => {
          results = normalizeFormats(entries)
          return ok(results.map(({ name, edits }) => ({ id: name, edits })))
        },
      })
      if (!changed.ok) return changed
      backup = changed.value.backup
    }
    const shown = results.map(({ name, changes }) => ({ name, changes }))
    const json = { dry_run: dryRun, results: shown, ...(backup !== undefined && { backup }) }
    return ok({ json, text: changesText(results, dryRun) })
  },
}

function changesText(results: readonly FormatChange[], dryRun: boolean): string {
  if (results.length === 0) return 'Every entry uses the vocabulary already.'
  const rows = results.flatMap(({ name, changes }) =>
    changes.map(({ field, before, after }) => [name, field, String(before ?? 'nothing'), String(after)]),
  )
  const text = table(rows, { head: ['Model', 'Field', 'Before', 'After'] })
  return dryRun ? `${text}\nNothing was changed. Repeat with --yes.` : text
}
