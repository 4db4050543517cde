import { parseStoredArchitecture } from '#shared/architecture/parse-stored'
import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { type ModelView } from '#shared/domain/model-view'
import { type RegistryEntry } from '#shared/domain/registry'
import { layerOfValue } from './layer-of-value'

/** The path of the launch flags inside an entry. */
export const EXTRA_ARGS_PATH = ['backend_config', 'extra_args'] as const

/**
 * An entry as pages and the command line need it. Values of a wrong type are left out with a warning that names the
 * key; nothing is guessed. Whether the files exist is not looked at (`unchecked`).
 */
export function describeModel(entry: RegistryEntry): ModelView {
  const read = new FieldReader(entry.value)
  const config = read.object('backend_config')
  const defaults = read.object('generation_defaults')
  const path = localPath(read.text('download_path'), config.text('model_path'))
  const stored = ownValue(read.object('metadata').value, 'architecture')
  const architecture = parseStoredArchitecture(stored)
  const view = {
    display_name: read.text('display_name'),
    context_window: defaults.positiveInteger('context_window'),
    family: read.text('family'),
    quantization: read.text('quantization'),
    format: read.text('download_format'),
    served_model_id: notNone(read.text('served_model_id')),
    download_path: read.text('download_path') ?? path,
    download_size_bytes: read.bytes('download_size_bytes'),
    downloaded_at: read.text('downloaded_at'),
    architecture: stored === undefined || stored === null ? undefined : architecture.architecture,
  }
  return {
    id: entry.id,
    name: entry.name,
    backend: read.text('backend') ?? 'unassigned',
    extra_args_layer: layerOfValue(entry, EXTRA_ARGS_PATH),
    extra_args: config.launchArgs('extra_args'),
    aliases: read.texts('model_aliases'),
    deprecated: read.flag('deprecated') ?? false,
    rows: [...entry.rows],
    files_state: path === undefined ? 'no_path' : 'unchecked',
    ...present(view),
    warnings: [...read.warnings, ...architecture.warnings],
  }
}

/** Launch flags of an entry in the form of the file; numbers inside the list read as their text. */
export function extraArgsOf(value: JsonObject): readonly string[] | string {
  return new FieldReader(value).object('backend_config').launchArgs('extra_args')
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function present<T extends object>(fields: T): Present<T> {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept) as Present<T> // only undefined values were taken out
}

/** Older programs wrote Python's None as text. */
function notNone(text: string | undefined): string | undefined {
  return text === 'None' ? undefined : text
}

/** `ollama:...` and repository ids name no file on this machine. */
function localPath(downloadPath: string | undefined, modelPath: string | undefined): string | undefined {
  const isLocal = (path: string): boolean => /^(\/|~|[A-Za-z]:[\\/]|\\\\)/.test(path)
  return [downloadPath, modelPath].find((path) => path !== undefined && isLocal(path))
}

/** Reads typed fields of one foreign object; null counts as absent, a wrong type as absent with a warning. */
class FieldReader {
  readonly value: JsonObject
  readonly warnings: string[]
  readonly #prefix: string

  constructor(value: JsonObject, prefix = '', warnings: string[] = []) {
    this.value = value
    this.#prefix = prefix
    this.warnings = warnings
  }

  object(key: string): FieldReader {
    const raw = this.#raw(key)
    const isGood = raw === undefined || isJsonObject(raw)
    if (!isGood) this.#drop(key, 'an object')
    return new FieldReader(isJsonObject(raw) ? raw : {}, `${this.#prefix}${key}.`, this.warnings)
  }

  text(key: string): string | undefined {
    const raw = this.#raw(key)
    if (raw === undefined || typeof raw === 'string') return raw === '' ? undefined : raw
    return this.#drop(key, 'text')
  }

  flag(key: string): boolean | undefined {
    const raw = this.#raw(key)
    return raw === undefined || typeof raw === 'boolean' ? raw : this.#drop(key, 'true or false')
  }

  positiveInteger(key: string): number | undefined {
    const raw = this.#raw(key)
    if (raw === undefined || (typeof raw === 'number' && Number.isSafeInteger(raw) && raw > 0)) return raw
    return this.#drop(key, 'a positive whole number')
  }

  bytes(key: string): number | undefined {
    const raw = this.#raw(key)
    if (raw === undefined || (typeof raw === 'number' && Number.isSafeInteger(raw) && raw >= 0)) return raw
    return this.#drop(key, 'a number of bytes')
  }

  texts(key: string): string[] {
    const raw = this.#raw(key)
    if (raw === undefined) return []
    if (!Array.isArray(raw)) {
      this.#drop(key, 'a list of texts')
      return []
    }
    const items = raw.filter((item: Json) => typeof item === 'string')
    if (items.length < raw.length) this.#drop(key, 'a list of texts only')
    return items
  }

  launchArgs(key: string): string[] | string {
    const raw = this.#raw(key)
    if (raw === undefined) return []
    if (typeof raw === 'string') return raw
    if (!Array.isArray(raw)) {
      this.#drop(key, 'a list of texts or one text')
      return []
    }
    const items: readonly Json[] = raw
    if (items.some((item) => typeof item !== 'string' && typeof item !== 'number')) this.#drop(key, 'a list of texts')
    return items.filter((item) => typeof item === 'string' || typeof item === 'number').map(String)
  }

  #raw(key: string): Json | undefined {
    return ownValue(this.value, key) ?? undefined
  }

  #drop(key: string, expected: string): undefined {
    this.warnings.push(`${this.#prefix}${key} is not ${expected}; it is left as it is in the file and not used.`)
    return undefined
  }
}
