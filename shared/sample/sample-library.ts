import { type JsonObject } from '#shared/domain/json'
import { mergeLayers } from '#shared/registry/merge-layers'
import { sampleRows } from './sample-entries'
import { sampleMetrics } from './sample-metrics'

/** A file of the sample library: path relative to its folder, and text. */
export interface SampleFile {
  readonly path: string
  readonly text: string
}

/** Folder of the registry inside the sample library. */
export const SAMPLE_REGISTRY_FOLDER = 'registry'

/**
 * The embedded library that stands in until a person has a registry: well-known models of different kinds with their
 * real figures, in the layered form, and a metrics log with starts to reconcile.
 */
export function sampleLibrary(): readonly SampleFile[] {
  const { curated, discovered } = sampleRows()
  const merged = mergeLayers({ curated, discovered }).entries.map((entry) => entry.value)
  return [
    { path: `${SAMPLE_REGISTRY_FOLDER}/model_registry.curated.json`, text: jsonFile(curated) },
    { path: `${SAMPLE_REGISTRY_FOLDER}/model_registry.discovered.json`, text: jsonFile(discovered) },
    { path: `${SAMPLE_REGISTRY_FOLDER}/model_registry.json`, text: jsonFile(merged) },
    {
      path: 'logs/model_loader_metrics.jsonl',
      text: sampleMetrics.map((line) => `${JSON.stringify(line)}\n`).join(''),
    },
  ]
}

function jsonFile(rows: readonly JsonObject[]): string {
  return `${JSON.stringify(rows, null, 2)}\n`
}
