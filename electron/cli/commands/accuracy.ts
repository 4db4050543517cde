import { ok } from '#shared/domain/result'
import { type AccuracyReport, judgeStarts } from '#shared/runtime/accuracy'
import { type CliCommand } from '../command'
import { observedStarts } from '../observed-starts'
import { gib, grouped } from '../render/quantities'
import { table } from '../render/table'

/** How good the estimates were on the user's own starts. */
export const accuracyCommand: CliCommand = {
  name: 'accuracy',
  summary: 'how good the estimates were on your own starts',
  usesRegistry: true,
  configure: (command) =>
    command
      .argument('[model]', 'only this model')
      .option('--metrics <file>', 'metrics log (default: logs/model_loader_metrics.jsonl near the registry)'),
  async run(call) {
    const starts = await observedStarts(call)
    if (!starts.ok) return starts
    const [model] = call.args
    const report = judgeStarts(starts.value.filter((start) => model === undefined || start.model === model))
    const json = {
      starts: report.starts.map(({ observedAt, ...start }) => ({ ...start, observed_at: observedAt })),
      terms: report.terms.map((term) => ({
        name: term.name,
        starts: term.starts,
        median_error_share: term.medianErrorShare,
        ...(term.insideShare !== undefined && { inside_share: term.insideShare }),
      })),
      left_out: report.leftOut,
    }
    return ok({ json, text: accuracyText(report) })
  },
}

function accuracyText(report: AccuracyReport): string {
  if (report.starts.length === 0) return 'No start could be judged yet. Record one with: headroom observe'
  const rows = report.starts.flatMap((start) => [
    [`${start.model}, ${start.observedAt}`],
    ...start.rows.map((row) => [
      `  ${row.label}`,
      row.unit === 'bytes' ? gib(row.estimated) : grouped(row.estimated),
      row.unit === 'bytes' ? gib(row.measured) : grouped(row.measured),
      percent(row.errorShare),
    ]),
  ])
  const terms = report.terms.map((term) => [
    term.label,
    String(term.starts),
    percent(term.medianErrorShare),
    percent(term.insideShare),
  ])
  return [
    table(rows, { head: ['', 'Estimated', 'Measured', 'Error'], right: [1, 2, 3] }),
    '',
    table(terms, { head: ['Part', 'Starts', 'Median error', 'Inside the range'], right: [1, 2, 3] }),
    ...(report.leftOut > 0 ? [`${report.leftOut} starts could not be judged (card or facts not known).`] : []),
  ].join('\n')
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${(share * 100).toFixed(1)} %`
}
