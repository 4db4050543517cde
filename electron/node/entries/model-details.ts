import { isJsonObject, type Json, ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { ok, type Result } from '#shared/domain/result'
import { type ModelDetails, type ModelHistory } from '#shared/ipc/entry-schemas'
import { EXTRA_ARGS_PATH } from '#shared/registry/describe-model'
import { layerOfValue } from '#shared/registry/layer-of-value'
import { type HistoryItem, type RegistryService } from '../registry/registry-service'
import { loadEntry } from './find-entry'

const MOST_CHANGES = 200

/** What the drawer shows of an entry beyond its view. Errors: UNKNOWN_MODEL, those of the registry and its journal. */
export async function modelDetails(registry: RegistryService, id: string): Promise<Result<ModelDetails>> {
  const entry = await loadEntry(registry, id)
  if (!entry.ok) return entry
  const history = await registry.history()
  if (!history.ok) return history
  const { value } = entry.value
  const config = objectOf(ownValue(value, 'backend_config'))
  const port = ownValue(config, 'port')
  const launchModel = launchModelOf(entry.value)
  return ok({
    defaults: { ...objectOf(ownValue(value, 'generation_defaults')) },
    layers: {
      flags: layerOfValue(entry.value, EXTRA_ARGS_PATH),
      defaults: layerOfValue(entry.value, ['generation_defaults', 'context_window']),
      architecture: layerOfValue(entry.value, ['metadata', 'architecture', 'num_layers']),
      entry: layerOfValue(entry.value, ['display_name']),
    },
    history: historyOf(history.value, entry.value.name),
    ...(typeof port === 'number' && Number.isInteger(port) && port > 0 && { port }),
    ...(launchModel !== undefined && { launch_model: launchModel }),
  })
}

/** Changes of one model, newest first, with its values only. */
export function historyOf(items: readonly HistoryItem[], name: string): ModelHistory[] {
  const newest = items.find((item) => !item.undone)?.id
  return items
    .filter((item) => item.models.includes(name))
    .map(({ id, at, description, undone, values = [] }) => ({
      id,
      at,
      description,
      undone,
      newest: id === newest,
      changes: values
        .filter((change) => change.name === name)
        .slice(0, MOST_CHANGES)
        .map(({ layer, path, before, after }) => ({
          layer,
          path: path.join('.'),
          // both were JSON when they were written to the journal
          ...(before !== undefined && { before: before as Json }),
          ...(after !== undefined && { after: after as Json }),
        })),
    }))
}

/** What an engine is told to load: the path it was given, the model's files, or its repository. */
function launchModelOf({ value }: RegistryEntry): string | undefined {
  const config = objectOf(ownValue(value, 'backend_config'))
  const source = ownValue(value, 'source')
  const candidates = [
    ownValue(config, 'model_path'),
    ownValue(value, 'download_path'),
    isJsonObject(source) ? ownValue(source, 'huggingface_id') : source,
  ]
  return candidates.find((text): text is string => typeof text === 'string' && text !== '' && text !== 'None')
}

function objectOf(value: Json | undefined): { readonly [key: string]: Json } {
  return isJsonObject(value) ? value : {}
}
