import { resolve } from 'node:path'
import { ok } from '#shared/domain/result'
import { type CliCommand } from '../command'
import { collect, isSet, textOption, textsOption } from '../options'
import { outcomeText } from '../render/outcome-text'

/** Merges what engines reported into the registry. */
export const reconcileCommand: CliCommand = {
  name: 'reconcile-architecture',
  summary: 'merge the metrics log into the registry',
  usesRegistry: true,
  configure: (command) =>
    command
      .option('--metrics <file>', 'metrics log (default: logs/model_loader_metrics.jsonl near the registry)')
      .option('--only <name>', 'this model (repeatable)', collect)
      .option('--dry-run', 'only show what would change'),
  async run({ context, options }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    const metrics = textOption(options, 'metrics')
    const only = textsOption(options, 'only')
    const report = await context.services.maintenance.reconcile(registry.value, {
      dryRun: isSet(options, 'dryRun'),
      signal: context.signal,
      ...(metrics !== undefined && { metricsPath: resolve(metrics) }),
      ...(only.length > 0 && { only }),
    })
    if (!report.ok) return report
    const { results, unmatched, skipped_lines, totals, metricsPath } = report.value
    const extra = [
      `Log: ${metricsPath}`,
      ...(unmatched.length > 0 ? [`No model matches: ${unmatched.join(', ')}`] : []),
      ...(skipped_lines > 0 ? [`Lines that could not be read: ${skipped_lines}`] : []),
    ]
    return ok({
      json: { results, unmatched, skipped_lines, totals },
      text: [outcomeText(results, totals), ...extra].join('\n'),
    })
  },
}
