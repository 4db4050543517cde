import { ok } from '#shared/domain/result'
import { type CliCommand } from '../command'
import { collect, isSet, textsOption } from '../options'
import { outcomeText } from '../render/outcome-text'

/** Reads the architecture of every installed model again. */
export const migrateCommand: CliCommand = {
  name: 'migrate-architecture',
  summary: 'read the architecture of all installed models again',
  usesRegistry: true,
  configure: (command) =>
    command
      .option('--dry-run', 'only show what would change')
      .option('--only <name>', 'this model (repeatable)', collect)
      .option('--force', 'write the block anew even when nothing differs'),
  async run({ context, options }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    const only = textsOption(options, 'only')
    const report = await context.services.maintenance.migrate(registry.value, {
      dryRun: isSet(options, 'dryRun'),
      force: isSet(options, 'force'),
      signal: context.signal,
      onProgress: ({ done, total, label }) => {
        if (process.stderr.isTTY === true && label !== '') context.note(`[${done + 1}/${total}] ${label}`)
      },
      ...(only.length > 0 && { only }),
    })
    if (!report.ok) return report
    const { results, totals } = report.value
    return ok({ json: { results, totals }, text: outcomeText(results, totals), exitCode: totals.failed > 0 ? 1 : 0 })
  },
}
