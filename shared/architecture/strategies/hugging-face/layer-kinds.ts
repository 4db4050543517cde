import { type Json, type JsonObject } from '../../../domain/json'
import { describeValue } from '../../foreign-values'
import { type Found } from './config-view'

/** What a layer does, before its geometry is known. `hybrid` holds attention and a recurrent state at once. */
export type LayerRole =
  | 'full'
  | 'sliding'
  | 'chunked'
  | 'linear'
  | 'mamba'
  | 'recurrent'
  | 'conv'
  | 'compressed'
  | 'cross'
  | 'shared'
  | 'hybrid'
  | 'hybrid_sliding'
  | 'sparse'
  | 'none'

/** Names in per-layer lists, over all families. */
const roles: Readonly<Record<string, LayerRole>> = {
  full_attention: 'full',
  attention: 'full',
  full: 'full',
  global: 'full',
  global_attention: 'full',
  attn: 'full',
  sliding_attention: 'sliding',
  sliding_window: 'sliding',
  sliding_window_attention: 'sliding',
  sliding: 'sliding',
  local: 'sliding',
  local_attention: 'sliding',
  swa: 'sliding',
  chunked_attention: 'chunked',
  linear_attention: 'linear',
  gated_deltanet: 'linear',
  linear: 'linear',
  kda: 'linear',
  gdn: 'linear',
  deltanet: 'linear',
  linear_attn: 'linear',
  lightning_attention: 'linear',
  'lightning-attn': 'linear',
  minicpm4: 'full',
  mla: 'full',
  full_attn: 'full',
  mamba: 'mamba',
  mamba2: 'mamba',
  m: 'mamba',
  recurrent: 'recurrent',
  conv: 'conv',
  short_conv: 'conv',
  compressed_sparse_attention: 'compressed',
  heavily_compressed_attention: 'compressed',
  compressed_attention: 'compressed',
  cross_attention: 'cross',
  hybrid: 'hybrid',
  g: 'hybrid',
  hybrid_sliding: 'hybrid_sliding',
  deepseek_sparse_attention: 'sparse',
  indexed_attention: 'sparse',
  minimax_m3_sparse: 'sparse',
  sparse_attention: 'sparse',
  M: 'mamba',
  '*': 'full',
  '-': 'none',
  E: 'none',
  mlp: 'none',
  moe: 'none',
  none: 'none',
  no_op: 'none',
}

export interface Layout {
  readonly roles: readonly LayerRole[]
  readonly origin: string
  readonly key: string
  /** Why the layout is less certain than a stated list. */
  readonly note?: string
}

/**
 * A per-layer list of names. Longer than the model: the tail belongs to next-token layers. `undefined` when it is
 * shorter, or holds a name that nobody knows: then nothing may be concluded from it.
 */
export function fromNames(found: Found, layers: number): Layout | { readonly unknown: string } {
  const names = found.value
  if (!Array.isArray(names)) return { unknown: `${found.key} is not a list` }
  if (names.length < layers) return { unknown: `${found.key} has ${names.length} entries for ${layers} layers` }
  const mapped: LayerRole[] = []
  for (const name of (names as readonly Json[]).slice(0, layers)) {
    const role = typeof name === 'string' && Object.hasOwn(roles, name) ? roles[name] : undefined
    if (role === undefined)
      return { unknown: `${found.key} names a layer type that is not known: ${describeValue(name)}` }
    mapped.push(role)
  }
  return { roles: mapped, origin: found.origin, key: found.key }
}

/** Lists about something else than the mixing of tokens, and the one of GPT-Neo, which `attention_types` says again. */
const HARMLESS = /mlp|moe|ffn|feed|expert|dense|rope|index|quant|mtp|vision|audio|label|^attention_layers$/

/**
 * A list with one name a layer under a key that nobody here knows: the layers differ, so they must not be taken as alike.
 * Source of the idea: every hybrid family so far came with a key of its own.
 */
export function unknownList(decoder: JsonObject, layers: number): string | undefined {
  for (const [key, value] of Object.entries(decoder)) {
    if (!Array.isArray(value) || value.length !== layers || HARMLESS.test(key)) continue
    const names = value as readonly Json[]
    if (!names.every((name) => typeof name === 'string') || new Set(names).size < 2) continue
    return `${describeValue(key)} names them in a way that is not known`
  }
  return undefined
}

/** Repeats `role(i)` for every layer. */
export function everyLayer(layers: number, role: (index: number) => LayerRole): readonly LayerRole[] {
  return Array.from({ length: layers }, (_, index) => role(index))
}
