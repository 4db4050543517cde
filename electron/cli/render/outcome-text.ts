import { type MigrateReport, type ModelOutcome } from '#shared/ipc/contract'
import { brief } from './quantities'
import { table, visible } from './table'

/** Per-model outcome of a maintenance run, with the fields that change, and the totals. */
export function outcomeText(results: readonly ModelOutcome[], totals: MigrateReport['totals']): string {
  const rows = results.flatMap((result) => [
    [result.status, result.name, result.reason ?? ''],
    ...result.changes.map((change) => ['', `  ${change.field}`, `${show(change.before)} -> ${show(change.after)}`]),
  ])
  const counts = Object.entries(totals).map(([status, count]) => `${count} ${status}`)
  return [...(rows.length === 0 ? ['No models.'] : [table(rows)]), '', counts.join(', ')].join('\n')
}

function show(value: unknown): string {
  if (value === undefined) return '(none)'
  const text = visible(brief(value))
  return text.length > 60 ? `${text.slice(0, 60)}...` : text
}
