import { isJsonObject, type Json, type JsonObject, ownValue } from '../../../domain/json'

export interface KvPrecision {
  readonly precision: string
  readonly key: string
  readonly raw: Json
}

/** Cache precision that a quantisation block states: `kv_cache_scheme`, `kv_cache_quant_algo`, Quark's output quantisers. */
export function kvPrecisionOf(block: JsonObject): KvPrecision | undefined {
  for (const key of ['kv_cache_scheme', 'kv_cache_quant_algo', 'kv_cache_quant_config', 'kv_cache_dtype']) {
    const raw = ownValue(block, key)
    const precision = raw === undefined ? undefined : nameOf(raw)
    if (raw !== undefined && precision !== undefined) return { precision, key, raw }
  }
  return fromAutoFp8(block) ?? fromQuark(block)
}

/** AutoFP8 names the projections whose outputs are quantised, or only says that the scheme is static. */
function fromAutoFp8(block: JsonObject): KvPrecision | undefined {
  if (ownValue(block, 'quant_method') !== 'fp8') return undefined
  const targets = ownValue(block, 'kv_cache_quant_targets')
  if (Array.isArray(targets) && targets.length > 0)
    return { precision: 'fp8_e4m3', key: 'kv_cache_quant_targets', raw: targets }
  const scheme = ownValue(block, 'kv_cache_scheme')
  return scheme === 'static' ? { precision: 'fp8_e4m3', key: 'kv_cache_scheme', raw: scheme } : undefined
}

const names: Readonly<Record<string, string>> = {
  fp8: 'fp8_e4m3',
  fp8_e4m3: 'fp8_e4m3',
  float8_e4m3fn: 'fp8_e4m3',
  fp8_e5m2: 'fp8_e5m2',
  float8_e5m2: 'fp8_e5m2',
  nvfp4: 'nvfp4',
  int8: 'int8',
  int4: 'int4',
}

function nameOf(raw: Json): string | undefined {
  if (typeof raw === 'string') return names[raw.toLowerCase()]
  if (!isJsonObject(raw)) return undefined
  const dtype = ownValue(raw, 'dtype')
  if (typeof dtype === 'string') return names[dtype.toLowerCase()]
  const bits = ownValue(raw, 'num_bits')
  const type = ownValue(raw, 'type')
  if (type === 'float') return bits === 8 ? 'fp8_e4m3' : bits === 4 ? 'nvfp4' : undefined
  return type === 'int' && (bits === 8 || bits === 4) ? `int${bits}` : undefined
}

/** AMD Quark quantises the cache through the outputs of the k and v projections. */
function fromQuark(block: JsonObject): KvPrecision | undefined {
  for (const key of ['kv_cache_quant_config', 'layer_quant_config']) {
    const layers = ownValue(block, key)
    if (!isJsonObject(layers)) continue
    for (const [pattern, config] of Object.entries(layers)) {
      if (!/[kv]_proj|qkv|query_key_value/.test(pattern) || !isJsonObject(config)) continue
      const output = ownValue(config, 'output_tensors')
      const precision = output === undefined ? undefined : nameOf(output)
      if (output !== undefined && precision !== undefined)
        return { precision, key: `${key}.${pattern}.output_tensors`, raw: output }
    }
  }
  return undefined
}
