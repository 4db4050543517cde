import { type ArchitectureMetadata, architectureFields } from '#shared/domain/architecture'
import { type ModelView } from '#shared/domain/model-view'
import { ok } from '#shared/domain/result'
import { describeModel } from '#shared/registry/describe-model'
import { findModel } from '#shared/registry/find-model'
import { type CliCommand } from '../command'
import { withLayer } from '../entry-json'
import { brief } from '../render/quantities'
import { table, visible } from '../render/table'

/** One entry with the source of every architecture field. */
export const showCommand: CliCommand = {
  name: 'show',
  summary: 'one model with all fields and where they come from',
  usesRegistry: true,
  configure: (command) => command.argument('<model>', 'name, id, served id or alias'),
  async run({ context, args }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    const snapshot = await registry.value.load()
    if (!snapshot.ok) return snapshot
    const entry = findModel(snapshot.value.entries, args[0] ?? '')
    if (!entry.ok) return entry
    return ok({ json: withLayer(entry.value), text: modelText(describeModel(entry.value)) })
  },
}

function modelText(model: ModelView): string {
  const rows = [
    ['Name', model.display_name ?? model.name],
    ['Backend', model.backend],
    ['Launch flags', typeof model.extra_args === 'string' ? model.extra_args : model.extra_args.join(' ')],
    ['Flags are in', `${model.extra_args_layer} layer`],
    ['Files', model.download_path ?? ''],
  ]
  const { architecture } = model
  const runtime = Object.entries(architecture?.runtime ?? {})
  return [
    table(rows.filter(([, value]) => value !== '')),
    '',
    architecture === undefined ? 'No architecture is known.' : architectureText(architecture),
    ...(runtime.length === 0 ? [] : ['', 'Measured', table(runtime.map(([key, value]) => [key, brief(value)]))]),
    ...model.warnings.map((warning) => `\nWarning: ${visible(warning)}`),
  ].join('\n')
}

/** Fields with their origins, in the order of the contract. */
export function architectureText(architecture: ArchitectureMetadata): string {
  const rows = architectureFields
    .filter((field) => architecture[field] !== undefined)
    .map((field) => [field, brief(architecture[field]), architecture.field_sources?.[field] ?? ''])
  const warnings = (architecture.warnings ?? []).map((warning) => `\nWarning: ${visible(warning)}`)
  return [table(rows, { head: ['Field', 'Value', 'From'] }), ...warnings].join('\n')
}
