import { type ArchitectureField, type ArchitectureMetadata } from '#shared/domain/architecture'
import { ownValue } from '#shared/domain/json'
import { originKind } from '#shared/domain/provenance'

/** What an engine measured for a field whose stated value stays as it is. */
export interface MeasuredValue {
  readonly text: string
  /** `runtime:<engine>` */
  readonly origin: string
}

/**
 * The type of the KV cache at the last start, to stand beside the field that only infers it. Absent where none was
 * measured, or the field itself comes from the engine.
 */
export function measuredKvType(
  field: ArchitectureField,
  { runtime, sources, field_sources: origins }: ArchitectureMetadata,
): MeasuredValue | undefined {
  if (field !== 'kv_precision' || runtime === undefined || originKind(origins?.[field]) === 'runtime') return undefined
  const origin = sources?.find((one) => one.startsWith('runtime:'))
  const type = ownValue(runtime, 'kv_cache_dtype')
  return origin === undefined || typeof type !== 'string' || type === '' || type === 'auto'
    ? undefined
    : { text: type, origin }
}
