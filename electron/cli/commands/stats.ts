import { type ModelView } from '#shared/domain/model-view'
import { ok } from '#shared/domain/result'
import { describeModel } from '#shared/registry/describe-model'
import { type CliCommand } from '../command'
import { grouped } from '../render/quantities'
import { table } from '../render/table'

interface Group {
  readonly value: string
  readonly models: number
  readonly bytes: number
}

/** How many models of which kind, and how much room they take. */
export const statsCommand: CliCommand = {
  name: 'stats',
  summary: 'models by backend, format and quantisation, and the room they take',
  usesRegistry: true,
  async run({ context }) {
    const registry = await context.openRegistry()
    if (!registry.ok) return registry
    const snapshot = await registry.value.load()
    if (!snapshot.ok) return snapshot
    const models = snapshot.value.entries.map(describeModel)
    const json = {
      models: models.length,
      bytes: total(models),
      with_architecture: models.filter((model) => model.architecture?.num_layers !== undefined).length,
      by_backend: groupsBy(models, (model) => model.backend),
      by_format: groupsBy(models, (model) => model.format),
      by_quantization: groupsBy(models, (model) => model.architecture?.quantization ?? model.quantization),
      by_family: groupsBy(models, (model) => model.architecture?.family ?? model.family),
    }
    const sections = [
      ['Backend', json.by_backend],
      ['Format', json.by_format],
      ['Quantisation', json.by_quantization],
    ] as const
    const text = [
      `${json.models} models, ${grouped(json.bytes)} bytes, architecture known of ${json.with_architecture}.`,
      ...sections.map(([name, groups]) => groupTable(name, groups)),
    ].join('\n\n')
    return ok({ json, text })
  },
}

/** Largest groups first; what an entry does not say counts as `unknown`. */
function groupsBy(models: readonly ModelView[], key: (model: ModelView) => string | undefined): readonly Group[] {
  const groups = new Map<string, ModelView[]>()
  for (const model of models) {
    const value = key(model)?.toLowerCase() ?? 'unknown'
    groups.set(value, [...(groups.get(value) ?? []), model])
  }
  return [...groups]
    .map(([value, members]) => ({ value, models: members.length, bytes: total(members) }))
    .toSorted((left, right) => right.models - left.models || (left.value < right.value ? -1 : 1))
}

function total(models: readonly ModelView[]): number {
  return models.reduce((sum, model) => sum + (model.download_size_bytes ?? 0), 0)
}

function groupTable(name: string, groups: readonly Group[]): string {
  const rows = groups.map(({ value, models, bytes }) => [value, String(models), grouped(bytes)])
  return table(rows, { head: [name, 'Models', 'Bytes'], right: [1, 2] })
}
