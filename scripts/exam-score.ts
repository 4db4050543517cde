import { type ArchitectureMetadata, type LayerGroup } from '#shared/domain/architecture'
import { isJsonObject, type Json, type JsonObject, jsonEquals } from '#shared/domain/json'
import { originKind } from '#shared/domain/provenance'

/** One entry of an answer key (its README: `ANSWERS.md` beside the data). */
export interface AnswerKey {
  readonly expected: JsonObject
  readonly needs_default?: readonly string[]
  readonly accept?: Readonly<Record<string, readonly Json[]>>
  readonly must_not?: JsonObject
}

export type Verdict = 'right' | 'accepted' | 'wrong' | 'missing'
export interface FieldScore {
  readonly field: string
  readonly verdict: Verdict
  readonly needsDefault: boolean
  readonly expected: Json | undefined
  readonly got: unknown
}

/** Scores every field that the key holds; what the key leaves out is neither right nor wrong. */
export function scoreArchitecture(key: AnswerKey, architecture: ArchitectureMetadata): readonly FieldScore[] {
  const scores: FieldScore[] = []
  for (const [field, expected] of Object.entries(key.expected)) {
    const got = fieldOf(field, architecture)
    const verdict = judge(field, { expected, got, architecture, accept: key.accept?.[field] ?? [] })
    scores.push({ field, verdict, needsDefault: key.needs_default?.includes(field) ?? false, expected, got })
  }
  for (const [field, forbidden] of Object.entries(key.must_not ?? {})) {
    const got = architecture[field]
    const verdict = jsonEquals(got as Json, forbidden) ? 'wrong' : 'right' // architecture fields are JSON
    scores.push({ field: `not ${field}`, verdict, needsDefault: false, expected: forbidden, got })
  }
  return scores
}

interface Judged {
  readonly expected: Json
  readonly got: unknown
  readonly architecture: ArchitectureMetadata
  readonly accept: readonly Json[]
}

function judge(field: string, { expected, got, architecture, accept }: Judged): Verdict {
  if (field === 'kv_precision' && expected === null) {
    const origin = originKind(architecture.field_sources?.['kv_precision'])
    return got === undefined || got === null || origin === 'heuristic' ? 'right' : 'wrong'
  }
  if (got === undefined || got === null) return expected === 0 ? 'right' : 'missing'
  if (isSame(field, expected, got)) return 'right'
  return accept.some((other) => isSame(field, other, got)) ? 'accepted' : 'wrong'
}

function isSame(field: string, expected: Json, got: unknown): boolean {
  if (field === 'layer_groups') return sameGroups(expected, got as readonly LayerGroup[]) // read from `layer_groups`
  if (isJsonObject(expected)) return isJsonObject(got) && covers(expected, got)
  return jsonEquals(expected, got as Json) // fields of the architecture are JSON
}

/** Every part that the key states is there and equal. */
function covers(expected: JsonObject, got: JsonObject): boolean {
  return Object.entries(expected).every(([key, value]) => jsonEquals(value, got[key]))
}

const CACHE_KEYS = ['kv_heads', 'key_dim', 'value_dim', 'window'] as const

/** Order is free, equal groups are merged, only the keys of the answer count. */
function sameGroups(expected: Json, got: readonly LayerGroup[]): boolean {
  const ours = tally(got as unknown as readonly JsonObject[]) // groups are JSON objects
  const theirs = tally(expected as readonly JsonObject[]) // the key holds a list of groups
  return ours.size === theirs.size && [...theirs].every(([name, count]) => ours.get(name) === count)
}

function tally(groups: readonly JsonObject[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const group of groups) {
    const kind = String(group['kind'])
    const hasGeometry = /^(?:full|sliding|chunked)_attention$/.test(kind)
    const name = hasGeometry ? [kind, ...CACHE_KEYS.map((key) => String(group[key] ?? ''))].join(' ') : kind
    counts.set(name, (counts.get(name) ?? 0) + Number(group['count']))
  }
  return counts
}

function fieldOf(field: string, architecture: ArchitectureMetadata): unknown {
  if (field === 'kv_bytes_per_token_bf16') return bytesPerToken(architecture, (kind) => kind === 'full_attention')
  if (field === 'kv_bytes_per_token_all_layers_bf16') {
    return bytesPerToken(architecture, (kind) => /^(?:full|sliding|chunked)_attention$/.test(kind))
  }
  return architecture[field]
}

/** Two bytes an element: full attention keys and values, and the latent of MLA layers. */
function bytesPerToken(architecture: ArchitectureMetadata, counts: (kind: string) => boolean): number | undefined {
  const { layer_groups: groups, mla } = architecture
  if (groups === undefined) return undefined
  let bytes = 0
  for (const group of groups) {
    if (counts(group.kind))
      bytes += group.count * (group.kv_heads ?? 0) * ((group.key_dim ?? 0) + (group.value_dim ?? 0)) * 2
    if (group.kind === 'mla' && mla !== undefined) bytes += group.count * (mla.kv_lora_rank + mla.qk_rope_head_dim) * 2
  }
  return bytes
}
