import { ok } from '#shared/domain/result'
import { type HistoryItem, type HistoryValue } from '../../node/registry/registry-service'
import { type CliCommand } from '../command'
import { brief } from '../render/quantities'
import { table } from '../render/table'

/** The changes that Headroom made to the registry, newest first, with the values that turned. */
export const historyCommand: CliCommand = {
  name: 'history',
  summary: 'changes of the registry, newest first',
  usesRegistry: true,
  async run({ context }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    const history = await registry.value.history()
    return history.ok ? ok({ json: history.value, text: historyText(history.value) }) : history
  },
}

const MOST_VALUES = 5

function historyText(history: readonly HistoryItem[]): string {
  if (history.length === 0) return 'Headroom has not changed this registry.'
  const rows = history.flatMap((item) => [
    [item.at, item.description, item.files.join(', '), item.undone ? 'undone' : ''],
    ...valueRows(item.values ?? []),
  ])
  return table(rows, { head: ['When', 'What', 'Files', ''] })
}

function valueRows(values: readonly HistoryValue[]): string[][] {
  const rows = values.slice(0, MOST_VALUES).map(({ name, path, before, after }) => {
    const side = (value: unknown): string => (value === undefined ? '(absent)' : brief(value))
    return ['', `  ${name}: ${path.join('.')}`, `${side(before)} -> ${side(after)}`]
  })
  const more = values.length - rows.length
  return more > 0 ? [...rows, ['', `  and ${more} more values`]] : rows
}
