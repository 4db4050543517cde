import { type ArchitectureField, type ArchitectureMetadata } from './architecture'

/** How much of what an estimate wants to know about a model is known; the badge "13 of 14" and the list of gaps. */
export interface Completeness {
  readonly known: number
  readonly expected: number
  readonly missing: readonly ArchitectureField[]
}

const COMMON = [
  'family',
  'num_layers',
  'hidden_size',
  'intermediate_size',
  'vocab_size',
  'context_length',
  'dtype',
] as const
const ATTENTION = ['num_attention_heads', 'num_kv_heads', 'head_dim', 'layer_groups'] as const
const FILES = ['quantization', 'kv_precision', 'weights_bytes'] as const

/**
 * Fields that a model of this kind should have: an encoder has no cache, MLA has no stated head dim, a tower adds the
 * vision fields, experts add `moe`. `kv_precision: null` ("stated nowhere") counts as unknown.
 */
export function expectedFields(architecture: ArchitectureMetadata): readonly ArchitectureField[] {
  const fields: ArchitectureField[] = [...COMMON]
  if (architecture.kind === 'encoder') fields.push('num_attention_heads')
  else fields.push(...ATTENTION.filter((field) => field !== 'head_dim' || architecture.mla === undefined))
  if (architecture.mla !== undefined) fields.push('mla')
  if (architecture.moe !== undefined) fields.push('moe')
  if (architecture.vision !== undefined) fields.push('vision', 'vision_weights_bytes')
  fields.push(...FILES.filter((field) => field !== 'kv_precision' || architecture.kind !== 'encoder'))
  return fields
}

export function completeness(architecture: ArchitectureMetadata): Completeness {
  const expected = expectedFields(architecture)
  const missing = expected.filter((field) => architecture[field] === undefined || architecture[field] === null)
  return { known: expected.length - missing.length, expected: expected.length, missing }
}
