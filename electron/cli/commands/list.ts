import { type ModelView } from '#shared/domain/model-view'
import { ok } from '#shared/domain/result'
import { describeModel } from '#shared/registry/describe-model'
import { type CliCommand, type CliOptions } from '../command'
import { withLayer } from '../entry-json'
import { isSet, textOption } from '../options'
import { grouped } from '../render/quantities'
import { table } from '../render/table'

/** All entries of the registry, merged. */
export const listCommand: CliCommand = {
  name: 'list',
  summary: 'models of the registry',
  usesRegistry: true,
  configure: (command) =>
    command
      .option('--backend <name>', 'only this backend')
      .option('--format <name>', 'only this format: gguf, safetensors')
      .option('--family <name>', 'only this family')
      .option('--quantization <name>', 'only this quantisation')
      .option('--search <text>', 'only names that hold this text')
      .option('--missing', 'only entries without architecture'),
  async run({ context, options }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    const snapshot = await registry.value.load()
    if (!snapshot.ok) return snapshot
    const { warnings } = snapshot.value
    const entries = snapshot.value.entries.filter((entry) => isWanted(describeModel(entry), options))
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

/** Filters compare whole words in any case; several must all hold. */
function isWanted(model: ModelView, options: CliOptions): boolean {
  const { architecture } = model
  const equal = (option: string, ...values: readonly (string | undefined)[]): boolean => {
    const wanted = textOption(options, option)?.toLowerCase()
    return wanted === undefined || values.some((value) => value?.toLowerCase() === wanted)
  }
  const search = textOption(options, 'search')?.toLowerCase()
  return (
    equal('backend', model.backend) &&
    equal('format', model.format) &&
    equal('family', architecture?.family, model.family) &&
    equal('quantization', architecture?.quantization, model.quantization) &&
    (search === undefined || model.id.toLowerCase().includes(search)) &&
    (!isSet(options, 'missing') || architecture?.num_layers === undefined)
  )
}
