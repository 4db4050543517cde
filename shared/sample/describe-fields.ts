import { type ArchitectureMetadata, architectureFields } from '#shared/domain/architecture'
import { type Json, ownValue } from '#shared/domain/json'

/** When the figures of the sample library were written down. */
export const SAMPLE_COLLECTED_AT = '2026-01-05T09:00:00+00:00'

/** Keys of a Hugging Face config behind our field names, as the extractor would report them. */
const configKeys: Readonly<Record<string, string>> = {
  family: 'model_type',
  num_layers: 'num_hidden_layers',
  num_attention_heads: 'num_attention_heads',
  num_kv_heads: 'num_key_value_heads',
  head_dim: 'head_dim',
  hidden_size: 'hidden_size',
  intermediate_size: 'intermediate_size',
  vocab_size: 'vocab_size',
  max_position_embeddings: 'max_position_embeddings',
  rope_theta: 'rope_theta',
  rope_scaling: 'rope_scaling',
  dtype: 'torch_dtype',
}

/** Keys of a GGUF header; `<arch>` stands for the value of `general.architecture`. */
const ggufKeys: Readonly<Record<string, string>> = {
  family: 'general.architecture',
  num_layers: '<arch>.block_count',
  num_attention_heads: '<arch>.attention.head_count',
  num_kv_heads: '<arch>.attention.head_count_kv',
  hidden_size: '<arch>.embedding_length',
  intermediate_size: '<arch>.feed_forward_length',
  context_length: '<arch>.context_length',
  rope_theta: '<arch>.rope.freq_base',
}

export interface FieldOrigins {
  /** Origin of every field that `others` does not name. */
  readonly main: string
  readonly others?: Readonly<Record<string, string>>
}

/** Completes the figures of a model with sources, evidence and time, in the shape of the contract. */
export function describeFields(fields: ArchitectureMetadata, origins: FieldOrigins): ArchitectureMetadata {
  const isGguf = !origins.main.startsWith('config:')
  const present = architectureFields.filter((field) => fields[field] !== undefined)
  const fieldSources = Object.fromEntries(present.map((field) => [field, origins.others?.[field] ?? origins.main]))
  const keys = isGguf ? ggufKeys : configKeys
  const read = present.filter((field) => fieldSources[field] === origins.main && Object.hasOwn(keys, field))
  const evidence = read.map((field) => {
    const key = (keys[field] ?? field).replace('<arch>', fields.family ?? 'llama')
    // Figures of this file are JSON by construction.
    return [field, { key, value: ownValue(fields as Record<string, Json>, field) ?? null }] as const
  })
  const files = [...new Set(Object.values(fieldSources))].filter(
    (origin) => !/^(derived|heuristic|default):/.test(origin),
  )
  return {
    ...fields,
    source: isGguf ? 'gguf' : 'config.json',
    sources: files,
    field_sources: fieldSources,
    evidence: Object.fromEntries(evidence),
    collected_at: SAMPLE_COLLECTED_AT,
  }
}
