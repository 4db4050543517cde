import { isJsonObject, type Json, type JsonObject, ownValue } from '../../../domain/json'
import { type RawDocument } from '../../raw'
import { type ClassDefaults, classDefaultsOf, modelTypeOfClass } from './class-defaults'

/** A value with the place it was read from. */
export interface Found {
  readonly value: Json
  readonly key: string
  readonly origin: string
}

interface Scope {
  readonly path: string
  readonly object: JsonObject
}

/**
 * A config.json seen from its decoder: the innermost text config first, then what encloses it, then the class defaults.
 * Multimodal files nest the decoder under many names; the same key of an outer level counts only when the inner lacks it.
 */
export interface ConfigView {
  readonly file: string
  readonly top: JsonObject
  /** `model_type` of the decoder config, or the one its `architectures` entry means. */
  readonly modelType: string | undefined
  readonly topModelType: string | undefined
  readonly isNested: boolean
  /** The decoder's own object. */
  readonly inner: JsonObject
  /** Explicit, not null; the first alias of the innermost scope that states one. */
  stated(...keys: readonly string[]): Found | undefined
  /**
   * `stated`, but a nested decoder whose class is known is asked alone: what it does not state is the class default, never
   * the number that an outer level has for its own purposes.
   */
  own(...keys: readonly string[]): Found | undefined
  /** `own`, else the class default, unless the file says `null` in its place. */
  find(...keys: readonly string[]): Found | undefined
  /** As `find`, but for sizes: in a file whose decoder is not nested a missing size is a defect, not a default. */
  findSize(...keys: readonly string[]): Found | undefined
  isNull(key: string): boolean
}

/** Names under which multimodal and composite files keep the decoder, in order of trust. */
const TEXT_KEYS = [
  'vlm_config',
  'thinker_config',
  'text_config',
  'llm_config',
  'llm_cfg',
  'language_config',
  'lm_config',
  'language_model_config',
  'language_model',
  'text_model_config',
  'decoder',
  'decoder_config',
  // Draft heads: Speculators, and vLLM's wrapper around an EAGLE head.
  'transformer_layer_config',
  'model',
] as const
const MAX_DEPTH = 4

export function viewConfig(document: RawDocument): ConfigView | undefined {
  if (!isJsonObject(document.json)) return undefined
  const top = document.json
  const scopes = findScopes(top)
  const inner = scopes[0] ?? { path: '', object: top }
  const isNested = inner.path !== ''
  const modelType = isNested ? modelTypeOf(inner.object) : flatType(inner.object)
  const defaults = classDefaultsOf(modelType)
  const stated = (...keys: readonly string[]): Found | undefined => lookUp({ scopes, keys, file: document.file })
  const hasClass = isNested && defaults !== undefined
  const own = (...keys: readonly string[]): Found | undefined =>
    hasClass ? lookUp({ scopes: [inner], keys, file: document.file }) : stated(...keys)
  // A `null` takes the place of the default of its own key; under another name it says nothing about that.
  const orDefault = (keys: readonly string[]): Found | undefined =>
    lookUpDefault(
      defaults,
      keys.filter((key) => ownValue(inner.object, key) !== null),
      modelType,
    )
  return {
    file: document.file,
    top,
    modelType,
    topModelType: text(ownValue(top, 'model_type')),
    isNested,
    inner: inner.object,
    stated,
    own,
    find: (...keys) => own(...keys) ?? orDefault(keys),
    findSize: (...keys) => own(...keys) ?? (isNested ? orDefault(keys) : undefined),
    isNull: (key) => ownValue(inner.object, key) === null,
  }
}

function findScopes(top: JsonObject): readonly Scope[] {
  const scopes: Scope[] = [{ path: '', object: top }]
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const outer = scopes[0]
    if (outer === undefined) break
    const inner = childOf(outer)
    if (inner === undefined) break
    scopes.unshift(inner)
  }
  return scopes
}

function childOf(outer: Scope): Scope | undefined {
  for (const key of TEXT_KEYS) {
    const child = ownValue(outer.object, key)
    if (!isJsonObject(child) || Object.keys(child).length === 0) continue
    // `decoder` of a flat model may describe a head; a nested decoder lives in files without sizes of their own.
    if (key.startsWith('decoder') && ownValue(outer.object, 'hidden_size') !== undefined) continue
    // A key this common means a decoder only in the wrapper that is known to use it.
    if (key === 'model' && ownValue(outer.object, 'model_type') !== 'eagle') continue
    return { path: outer.path === '' ? key : `${outer.path}.${key}`, object: child }
  }
  return undefined
}

function lookUp(query: {
  readonly scopes: readonly Scope[]
  readonly keys: readonly string[]
  readonly file: string
}): Found | undefined {
  for (const scope of query.scopes) {
    for (const key of query.keys) {
      const value = valueAt(scope.object, key)
      if (value === undefined || value === null) continue
      return { value, key, origin: `config:${query.file}${scope.path === '' ? '' : `#${scope.path}`}` }
    }
  }
  return undefined
}

function lookUpDefault(
  defaults: ClassDefaults | undefined,
  keys: readonly string[],
  modelType: string | undefined,
): Found | undefined {
  for (const key of keys) {
    const value = defaults === undefined ? undefined : ownValue(defaults, key)
    if (value === undefined || value === null) continue
    return { value, key, origin: `default:${modelType} class default` }
  }
  return undefined
}

/** `a.b` reaches into an object; a key that itself holds a dot does not occur in configs. */
export function valueAt(object: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = object
  for (const part of path.split('.')) {
    if (!isJsonObject(value)) return undefined
    value = ownValue(value, part)
  }
  return value
}

/** Multimodal wrappers whose decoder keys lie at the top; their classes inherit from this decoder's configuration. */
const flatWrappers: Readonly<Record<string, string>> = {
  llava: 'llama',
  llava_llama: 'llama',
  llava_mistral: 'mistral',
  llava_qwen: 'qwen2',
  llava_qwen2: 'qwen2',
  llava_mpt: 'mpt',
  qwen2_vl: 'qwen2_vl_text',
  qwen2_5_vl: 'qwen2_5_vl_text',
  glm4v: 'glm4v_text',
  phi3_v: 'phi3',
  phi4mm: 'phi4_multimodal',
  RefinedWeb: 'falcon',
  RefinedWebModel: 'falcon',
}

function flatType(object: JsonObject): string | undefined {
  const modelType = modelTypeOf(object)
  return modelType !== undefined && Object.hasOwn(flatWrappers, modelType) ? flatWrappers[modelType] : modelType
}

function modelTypeOf(object: JsonObject): string | undefined {
  const stated = text(ownValue(object, 'model_type'))
  if (stated !== undefined) return stated
  const classes = ownValue(object, 'architectures')
  const first = Array.isArray(classes) ? text(classes[0]) : undefined
  return first === undefined ? undefined : modelTypeOfClass(first)
}

export function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
