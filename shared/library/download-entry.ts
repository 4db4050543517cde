import { type Inspection } from '#shared/domain/inspection'
import { isJsonObject, type Json, type JsonObject, jsonEquals, ownValue } from '#shared/domain/json'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'

/** Everything that is known about a finished download; gathered first, so that the rest is pure. */
export interface DownloadFacts {
  readonly repository: string
  readonly commit: string
  readonly revision?: string
  /** Label of the weights: `Q4_K_M`, `safetensors`, ... */
  readonly label?: string
  readonly format: 'gguf' | 'safetensors' | 'pytorch' | null
  /** Absolute: the folder of the model, or its file where the folder holds other models too. */
  readonly path: string
  /** Relative to the folder, POSIX. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[]
  readonly bytes: number
  readonly aggregateSha256: string
  readonly directoryChecksum: string
  readonly location: string
  /** ISO 8601 UTC. */
  readonly at: string
  /** False when every file was there already: then the time of the download stays. */
  readonly isFetched: boolean
  readonly licence?: string
  readonly supportRepo?: string
  /** Kinds of files that it lends to the folder. */
  readonly supportFiles?: readonly string[]
  readonly chatTemplate: JsonObject
  /** README signals and the like, below `metadata`; left out with `--no-architecture`. */
  readonly metadata: JsonObject
  readonly inspection?: Inspection
}

/** The entry of this very download: same place, or the same weights of the same repository without a place. */
export function findDownloaded(entries: readonly RegistryEntry[], facts: DownloadFacts): RegistryEntry | undefined {
  const samePath = entries.find(({ value }) => ownValue(value, 'download_path') === facts.path)
  if (samePath !== undefined) return samePath
  return entries.find(({ value }) => {
    const source = ownValue(value, 'source')
    const isSource = isJsonObject(source) && ownValue(source, 'huggingface_id') === facts.repository
    const hasNoPlace = (ownValue(value, 'download_path') ?? null) === null
    return isSource && hasNoPlace && sameWeights(value, facts)
  })
}

function sameWeights(value: JsonObject, { format, label, inspection }: DownloadFacts): boolean {
  const stored = ownValue(value, 'download_format')
  if (typeof stored === 'string' && stored.toLowerCase() !== format) return false
  if (format !== 'gguf') return true
  const quantisation = String(ownValue(value, 'quantization') ?? '').toLowerCase()
  return [label?.toLowerCase(), inspection?.architecture.quantization].includes(quantisation)
}

/** Edits that bring an existing entry up to date; launch flags, backend, name and roles stay as they are. */
export function downloadEdits(entry: RegistryEntry, facts: DownloadFacts): readonly ValueEdit[] {
  const wanted: [readonly string[], Json][] = Object.entries(downloadFields(facts)).map(([key, value]) => [
    [key],
    value,
  ])
  const source = ownValue(entry.value, 'source')
  if (!isJsonObject(source)) wanted.push([['source'], sourceOf(facts)])
  else for (const [key, value] of Object.entries(sourceOf(facts))) wanted.push([['source', key], value])
  wanted.push([['chat_template'], facts.chatTemplate])
  for (const [key, value] of Object.entries(facts.metadata)) wanted.push([['metadata', key], value])
  const quantisation = quantisationOf(facts)
  if (quantisation !== null && isBlank(entry, 'quantization')) wanted.push([['quantization'], quantisation])
  if (facts.licence !== undefined && isBlank(entry, 'license')) wanted.push([['license'], facts.licence])
  const isSame = !facts.isFetched && wanted.every(([path, value]) => isSettled(entry, path, value))
  return wanted
    .filter(([path]) => !(isSame && path[0] === 'downloaded_at'))
    .filter(([path, value]) => !jsonEquals(valueAt(entry.value, path), value))
    .map(([path, value]) => ({ path, value }))
}

function isSettled(entry: RegistryEntry, path: readonly string[], value: Json): boolean {
  if (path[0] === 'downloaded_at') return valueAt(entry.value, path) !== undefined
  return jsonEquals(valueAt(entry.value, path), value)
}

function isBlank(entry: RegistryEntry, key: string): boolean {
  return (ownValue(entry.value, key) ?? null) === null
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value
  for (const key of path) current = isJsonObject(current) ? ownValue(current, key) : undefined
  return current
}

/** A new entry in the canonical order of keys; `port` 0 means unset. */
export function downloadEntry(facts: DownloadFacts, taken: ReadonlySet<string>): JsonObject {
  const name = freeName(entryName(facts), taken)
  const architecture = facts.inspection?.architecture
  const { artifacts, ...download } = downloadFields(facts)
  return {
    name,
    display_name: name,
    backend: facts.format === 'gguf' ? 'gguf' : facts.format === null ? 'unassigned' : 'vllm',
    backend_config: { port: 0, model_path: facts.path, extra_args: [] },
    capabilities: {
      text: true,
      vision: architecture?.vision !== undefined,
      embedding: architecture?.kind === 'encoder',
      audio: false,
    },
    artifacts: artifacts ?? null,
    chat_template: facts.chatTemplate,
    version_lock: { locked: false, expected_aggregate_sha256: null, last_verified: null },
    metadata: { ...facts.metadata, registry_layer: 'discovered' },
    served_model_id: null,
    model_aliases: [facts.repository],
    roles: [],
    license: facts.licence ?? null,
    source: sourceOf(facts),
    deprecated: false,
    family: architecture?.family ?? null,
    source_provider: 'hf',
    quantization: quantisationOf(facts),
    backend_alternatives: [],
    role_priority: {},
    ...download,
    last_accessed: null,
  }
}

function downloadFields(facts: DownloadFacts): JsonObject {
  return {
    artifacts: {
      aggregate_sha256: facts.aggregateSha256,
      files: facts.files.map(({ path, sha256 }) => ({ path, sha256 })),
    },
    download_format: facts.format,
    download_location: facts.location,
    download_path: facts.path,
    download_size_bytes: facts.bytes,
    download_files: facts.files.map(({ path }) => path),
    download_directory_checksum: facts.directoryChecksum,
    downloaded_at: facts.at,
  }
}

function sourceOf({ repository, commit, revision, supportRepo, supportFiles }: DownloadFacts): JsonObject {
  return {
    huggingface_id: repository,
    commit,
    ...(revision !== undefined && { revision }),
    ...(supportRepo !== undefined && { support_repo: supportRepo }),
    ...(supportFiles !== undefined && { support_files: [...supportFiles] }),
  }
}

function quantisationOf({ inspection, label, format }: DownloadFacts): string | null {
  return inspection?.architecture.quantization ?? (format === 'gguf' ? (label?.toLowerCase() ?? null) : null)
}

/** `Qwen3-8B-Q4_K_M` for a quantisation out of `Qwen3-8B-GGUF`; other formats have the name of the repository. */
export function entryName({
  repository,
  label,
  format,
}: Pick<DownloadFacts, 'repository' | 'label' | 'format'>): string {
  const name = repository.slice(repository.indexOf('/') + 1)
  if (format !== 'gguf' || label === undefined) return name
  const base = name.replace(/[-_.]gguf$/i, '')
  return base.toLowerCase().includes(label.toLowerCase()) ? base : `${base}-${label}`
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`
  return name
}
