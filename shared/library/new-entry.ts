import type { Inspection, InspectionFormat } from '#shared/domain/inspection'
import type { Json, JsonObject } from '#shared/domain/json'

/** Formats that an engine can load by themselves; the words of `download_format`. */
export const loadableFormats = ['gguf', 'safetensors', 'pytorch'] as const satisfies readonly InspectionFormat[]
export type LoadableFormat = (typeof loadableFormats)[number]

export function isLoadable(format: InspectionFormat): format is LoadableFormat {
  return loadableFormats.some((loadable) => loadable === format)
}

export interface NewEntry {
  readonly name: string
  /** Absolute. */
  readonly path: string
  readonly inspection: Inspection
}

/** A registry entry for a model found on disk, in the canonical order of keys; `port` 0 means unset. */
export function newEntry({ name, path, inspection }: NewEntry): JsonObject {
  const { architecture, files, format } = inspection
  const isGguf = format === 'gguf'
  const { evidence: _evidence, ...facts } = architecture
  return {
    name,
    display_name: name,
    backend: isGguf ? 'gguf' : 'vllm',
    backend_config: { port: 0, model_path: path, extra_args: [] },
    capabilities: { text: true, vision: architecture.vision !== undefined },
    metadata: { architecture: plain(facts), registry_layer: 'discovered' },
    served_model_id: null,
    model_aliases: [],
    source: null,
    deprecated: false,
    family: architecture.family ?? null,
    quantization: architecture.quantization ?? null,
    download_format: isLoadable(format) ? format : null,
    download_path: path,
    download_size_bytes: files.reduce((total, { bytes }) => total + bytes, 0),
    download_files: files.map((file) => file.path),
  }
}

/** Drops `undefined` values; everything in an inspection is JSON by its schema. */
function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json // text of JSON.stringify parses to JSON
}
