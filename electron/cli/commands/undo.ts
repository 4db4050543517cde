import { ok } from '#shared/domain/result'
import { type HistoryItem } from '../../node/registry/registry-service'
import { type CliCommand } from '../command'
import { isSet } from '../options'
import { table } from '../render/table'

/** Takes back the newest change of the registry, or lists the changes. */
export const undoCommand: CliCommand = {
  name: 'undo',
  summary: 'take back the last change of the registry',
  usesRegistry: true,
  configure: (command) =>
    command
      .option('--list', 'show the changes that can be taken back')
      .option('--keep-others', 'when something else changed since: take back only the values of the last change'),
  async run({ context, options }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    if (isSet(options, 'list')) {
      const history = await registry.value.history()
      return history.ok ? ok({ json: history.value, text: historyText(history.value) }) : history
    }
    const restored = await registry.value.undo(undefined, isSet(options, 'keepOthers') ? 'keep_others' : 'exact')
    if (!restored.ok) return restored
    const { description, models, files, at, id } = restored.value
    const json = { restored: files, id, at, description, models }
    return ok({ json, text: `Taken back: ${description}.\n${files.map((file) => `  ${file}`).join('\n')}` })
  },
}

function historyText(history: readonly HistoryItem[]): string {
  if (history.length === 0) return 'There are no changes to take back.'
  const rows = history.map((item) => [item.at, item.description, item.models.join(', '), item.undone ? 'undone' : ''])
  return table(rows, { head: ['When', 'What', 'Models', ''] })
}
