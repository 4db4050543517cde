import { type ArchitectureMetadata, type LayerKind } from '#shared/domain/architecture'
import { type Json, ownValue } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'

const PART = /^(\d+)\s*[x×]?\s*(full|sliding|chunked|no cache)(?:\s+([\d,]+))?$/i
const KINDS: Readonly<Record<string, LayerKind>> = {
  full: 'full_attention',
  sliding: 'sliding_attention',
  chunked: 'chunked_attention',
  'no cache': 'none',
}

/** Reads `8 full + 40 sliding 1024`; heads and dimensions come from the architecture. Errors: BAD_VALUE. */
export function parseLayout(text: string, architecture: ArchitectureMetadata): Result<Json> {
  const hint = 'Write counts and kinds: 8 full + 40 sliding 1024.'
  const groups: Record<string, Json>[] = []
  for (const part of text.split('+')) {
    const [, count, word, window] = PART.exec(part.trim()) ?? []
    const kind = word === undefined ? undefined : ownValue(KINDS, word.toLowerCase())
    if (kind === undefined) return fail('BAD_VALUE', `"${part.trim()}" is not a group of layers.`, { hint })
    const tokens = window === undefined ? undefined : Number(window.replaceAll(',', ''))
    const needsWindow = kind === 'sliding_attention' || kind === 'chunked_attention'
    if (needsWindow && !(Number(tokens) > 0)) return fail('BAD_VALUE', `"${part.trim()}" needs a window.`, { hint })
    groups.push({
      count: Number(count),
      kind,
      ...heads(kind, architecture),
      ...(needsWindow ? { window: Number(tokens) } : {}),
    })
  }
  const sum = groups.reduce((total, group) => total + Number(group['count']), 0)
  const { num_layers } = architecture
  if (num_layers !== undefined && sum !== num_layers) {
    return fail('BAD_VALUE', `The groups hold ${sum} layers, the model has ${num_layers}.`, { hint })
  }
  return ok(groups)
}

/** What a cached layer needs; a layer without a cache has neither heads nor dimensions. */
function heads(kind: LayerKind, { num_kv_heads, head_dim }: ArchitectureMetadata): Record<string, Json> {
  if (kind === 'none') return {}
  return {
    ...(num_kv_heads === undefined ? {} : { kv_heads: num_kv_heads }),
    ...(head_dim === undefined ? {} : { key_dim: head_dim, value_dim: head_dim }),
  }
}
