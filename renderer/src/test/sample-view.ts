import { isJsonObject, type JsonObject } from '#shared/domain/json'
import { describeModel } from '#shared/registry/describe-model'
import { mergeLayers } from '#shared/registry/merge-layers'
import { sampleLibrary } from '#shared/sample/sample-library'
import { type RegistryView } from '../stores/registry'

function rowsOf(name: string): readonly JsonObject[] {
  const file = sampleLibrary().find(({ path }) => path.endsWith(name))
  const rows: unknown = JSON.parse(file?.text ?? '[]')
  return Array.isArray(rows) ? rows.filter(isJsonObject) : []
}

/** The sample library as main would hand it over. */
export function sampleView(): RegistryView {
  const merged = mergeLayers({
    curated: rowsOf('model_registry.curated.json'),
    discovered: rowsOf('model_registry.discovered.json'),
    snapshot: [],
  })
  return {
    status: { state: 'ready', label: '~/headroom/sample-library/registry', mode: 'sample' },
    revision: 'sample-1',
    models: merged.entries.map((entry) => describeModel(entry)),
    warnings: [...merged.warnings],
  }
}
