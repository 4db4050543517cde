import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type JsonObject, ownValue } from '#shared/domain/json'
import { kvCacheDtypes } from '#shared/estimator/vllm/kv-dtype'
import { firstDifference } from './compare-settings'
import { measuredFlags, versionDifference } from './known-terms'
import { type KnownTermsInput } from './known-terms-report'

/** Names of torch to those of `--kv-cache-dtype`. */
const NAMES: Readonly<Record<string, string>> = {
  float8_e4m3fn: 'fp8_e4m3',
  float8_e4m3fnuz: 'fp8_e4m3',
  float8_e5m2: 'fp8_e5m2',
  uint8: 'fp8',
}
/** Settings on which it depends what `auto` comes to. */
const FLAGS = ['kv-cache-dtype', 'quantization', 'dtype', 'revision', 'load-format']

/**
 * The architecture with the type of the cache that the measured start of vLLM resolved, where the plan leaves it to
 * vLLM as that start did: `auto` follows a scheme inside the checkpoint, which the configuration need not mention
 * (memory-models, section 7).
 */
export function withMeasuredKvDtype(input: KnownTermsInput): ArchitectureMetadata {
  const { architecture, engine, flags } = input
  const { runtime, sources } = architecture
  if (engine !== 'vllm' || runtime === undefined || sources?.includes('runtime:vllm') !== true) return architecture
  // What somebody has set by hand stands before everything.
  if (architecture.field_sources?.['kv_precision']?.startsWith('manual') === true) return architecture
  const resolved = resolvedDtype(runtime)
  if (resolved === undefined || versionDifference(runtime, input.engineVersion) !== undefined) return architecture
  if (firstDifference(FLAGS, flags, measuredFlags(runtime)) !== undefined) return architecture
  return {
    ...architecture,
    kv_precision: resolved,
    field_sources: { ...architecture.field_sources, kv_precision: 'runtime:vllm' },
  }
}

/** Only what `auto` came to: a type that was asked for says nothing about the checkpoint. */
function resolvedDtype(runtime: JsonObject): string | undefined {
  const type = ownValue(runtime, 'kv_cache_dtype')
  const asked = ownValue(runtime, 'configured_kv_cache_dtype')
  if (typeof type !== 'string' || type === '' || type === 'auto') return undefined
  if (asked !== undefined && asked !== 'auto') return undefined
  const name = ownValue(NAMES, type) ?? type
  return kvCacheDtypes.includes(name) ? name : undefined
}
