import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type Setting, type SettingsReader } from '../settings'

/** Longest context the model supports, with the origin of the figure. */
export function readContextLimit(
  architecture: ArchitectureMetadata,
  endsWithWindow = false,
): Setting<number> | undefined {
  const limit = statedLimit(architecture)
  const windows = (architecture.layer_groups ?? []).flatMap(({ kind, window }) =>
    kind === 'sliding_attention' && window !== undefined ? [window] : [],
  )
  if (!endsWithWindow || windows.length === 0) return limit
  const value = Math.min(limit?.value ?? Number.POSITIVE_INFINITY, ...windows)
  return { value, source: 'flag:--disable-sliding-window', asked: false }
}

function statedLimit(architecture: ArchitectureMetadata): Setting<number> | undefined {
  for (const field of ['context_length', 'max_position_embeddings'] as const) {
    const value = architecture[field]
    if (value !== undefined) {
      return { value, source: architecture.field_sources?.[field] ?? 'architecture', asked: false }
    }
  }
  return undefined
}

/** `--max-model-len N | -1 | auto`, else the model's own limit. Warns above the limit: vLLM refuses unless told. */
export function readMaxModelLen(
  reader: SettingsReader,
  limit: Setting<number> | undefined,
  allowsLonger = false,
): Setting<number | 'auto'> | undefined {
  const raw = reader.raw('max-model-len')
  if (raw === undefined) {
    if (limit !== undefined) reader.record('max_model_len', { value: limit.value, source: limit.source })
    return limit
  }
  const word = raw.text === true ? '' : raw.text.trim().toLowerCase()
  if (word === 'auto' || word === '-1') return { value: 'auto', source: raw.source, asked: true }
  const asked = reader.integer('max-model-len', { minimum: 1 })
  if (asked === undefined) return limit
  reader.record('max_model_len', asked)
  if (limit !== undefined && asked.value > limit.value && !allowsLonger) {
    reader.warnings.push(
      `--max-model-len ${asked.value} is above the ${limit.value} tokens the model supports; vLLM refuses unless VLLM_ALLOW_LONG_MAX_MODEL_LEN=1.`,
    )
  }
  return asked
}
