import { isJsonObject, type Json, type JsonObject, ownValue } from '../../../domain/json'
import { type RawDocument } from '../../raw'

/** One statement about quantisation, brought to the shape of `quantization_config`. */
export interface QuantizationBlock {
  readonly value: JsonObject
  readonly origin: string
  readonly key: string
  /** MLX writes `quantization: {bits, group_size}` without a method. */
  readonly isMlx: boolean
}

export function documentKind(document: RawDocument): string {
  const name = document.file.split('/').at(-1) ?? document.file
  if (name === 'hf_quant_config.json') return 'quantization'
  return name.endsWith('.yaml') || name.endsWith('.yml') ? 'recipe' : ''
}

/**
 * Side files in the shape of `quantization_config`: AutoGPTQ and `*.gptq_metadata` (bits, desc_act), AutoAWQ (w_bit,
 * zero_point), ModelOpt (`quantization.quant_algo`), llm-compressor recipes. `undefined` for a file of another meaning
 * under the same name (transformers.js writes a `quantize_config.json` about ONNX).
 */
export function readDocument(document: RawDocument): JsonObject | undefined {
  const json = document.json
  if (!isJsonObject(json)) return undefined
  const name = document.file.split('/').at(-1) ?? document.file
  if (name === 'hf_quant_config.json') return fromModelOpt(json)
  if (/\.ya?ml$/.test(name)) return fromRecipe(json)
  if (ownValue(json, 'quant_method') !== undefined) return json
  const awqBits = ownValue(json, 'w_bit')
  if (typeof awqBits === 'number') return { ...json, quant_method: 'awq', bits: awqBits }
  const bits = ownValue(json, 'bits') ?? ownValue(json, 'wbits')
  const isGptq = GPTQ_KEYS.some((key) => ownValue(json, key) !== undefined)
  return typeof bits === 'number' && isGptq ? { ...json, quant_method: 'gptq' } : undefined
}

/** What AutoGPTQ and the programs before it write beside the width. */
const GPTQ_KEYS = ['group_size', 'groupsize', 'desc_act', 'damp_percent', 'sym']

function fromModelOpt(json: JsonObject): JsonObject | undefined {
  const inner = ownValue(json, 'quantization')
  if (!isJsonObject(inner)) return undefined
  // Without an algorithm only the cache is quantised: then nothing is said about the weights.
  return typeof ownValue(inner, 'quant_algo') === 'string' ? { ...inner, quant_method: 'modelopt' } : inner
}

/** llm-compressor: stages of modifiers; the quantising one holds a `scheme` or `config_groups`, and maybe a cache scheme. */
function fromRecipe(json: JsonObject): JsonObject | undefined {
  const modifier = findModifier(json, 0)
  if (modifier === undefined) return undefined
  const groups = ownValue(modifier, 'config_groups')
  const scheme = ownValue(modifier, 'scheme')
  const cache = ownValue(modifier, 'kv_cache_scheme')
  return {
    quant_method: 'compressed-tensors',
    ...(groups === undefined ? {} : { config_groups: groups }),
    ...(typeof scheme === 'string' ? { scheme } : {}),
    ...(cache === undefined ? {} : { kv_cache_scheme: cache }),
  }
}

function findModifier(json: Json, depth: number): JsonObject | undefined {
  if (depth > 6) return undefined
  if (Array.isArray(json)) return firstOf(json as readonly Json[], depth)
  if (!isJsonObject(json)) return undefined
  if (typeof ownValue(json, 'scheme') === 'string' || isJsonObject(ownValue(json, 'config_groups'))) return json
  return firstOf(Object.values(json), depth)
}

function firstOf(items: readonly Json[], depth: number): JsonObject | undefined {
  for (const item of items) {
    const found = findModifier(item, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
