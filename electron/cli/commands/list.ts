import { ok } from '#shared/domain/result'
import { describeModel } from '#shared/registry/describe-model'
import { type CliCommand } from '../command'
import { withLayer } from '../entry-json'
import { grouped } from '../render/quantities'
import { table } from '../render/table'

/** All entries of the registry, merged. */
export const listCommand: CliCommand = {
  name: 'list',
  summary: 'models of the registry',
  usesRegistry: true,
  async run({ context }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    const snapshot = await registry.value.load()
    if (!snapshot.ok) return snapshot
    const { entries, warnings } = snapshot.value
    const rows = entries.map((entry) => {
      const model = describeModel(entry)
      const context = model.architecture?.context_length
      return [
        model.id,
        model.backend,
        model.architecture?.family ?? model.family ?? '',
        model.architecture?.quantization ?? model.quantization ?? '',
        context === undefined ? '' : grouped(context),
        model.architecture?.num_layers === undefined ? 'architecture unknown' : '',
      ]
    })
    const text = table(rows, { head: ['Name', 'Backend', 'Family', 'Quantisation', 'Context', ''], right: [4] })
    return ok({ json: entries.map(withLayer), text, notes: warnings })
  },
}
