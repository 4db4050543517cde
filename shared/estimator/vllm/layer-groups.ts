import { type ArchitectureMetadata, type LayerGroup } from '#shared/domain/architecture'
import { ratioOf } from './compressed-layout'

/** The cache layout of a model, and the fields that would be needed to know it. */
export interface KnownGroups {
  readonly groups: readonly LayerGroup[] | undefined
  readonly missing: readonly string[]
  /** Why a stated layout cannot be sized. */
  readonly problems: readonly string[]
  readonly source: string
}

/**
 * Layer groups as stated, else one group of full attention (or MLA) built from the flat fields. Encoder-only models
 * have none: they keep no cache.
 */
export function layerGroupsOf(architecture: ArchitectureMetadata): KnownGroups {
  if (architecture.kind === 'encoder') return { groups: [], missing: [], problems: [], source: 'kind' }
  const stated = architecture.layer_groups
  if (stated !== undefined) {
    const source = architecture.field_sources?.['layer_groups'] ?? 'architecture'
    const problems = problemsOf(stated)
    const missing = missingInGroups(stated, architecture)
    return { groups: stated, missing: problems.length > 0 ? ['layer_groups', ...missing] : missing, problems, source }
  }
  const missing: string[] = []
  const layers = architecture.num_layers
  if (layers === undefined) missing.push('num_layers')
  if (architecture.mla !== undefined) {
    const groups = layers === undefined ? undefined : [{ count: layers, kind: 'mla' as const }]
    return { groups, missing, problems: [], source: 'derived:num_layers,mla' }
  }
  const heads = architecture.num_kv_heads ?? architecture.num_attention_heads
  const headDim = headDimOf(architecture)
  if (heads === undefined) missing.push('num_kv_heads')
  if (headDim === undefined) missing.push('head_dim')
  if (layers === undefined || heads === undefined || headDim === undefined) {
    return { groups: undefined, missing, problems: [], source: 'unknown' }
  }
  const group = {
    count: layers,
    kind: 'full_attention' as const,
    kv_heads: heads,
    key_dim: headDim,
    value_dim: headDim,
  }
  return { groups: [group], missing, problems: [], source: 'derived:num_layers,num_kv_heads,head_dim' }
}

function headDimOf(architecture: ArchitectureMetadata): number | undefined {
  const { head_dim: stated, hidden_size: hidden, num_attention_heads: heads } = architecture
  if (stated !== undefined) return stated
  return hidden === undefined || heads === undefined ? undefined : Math.floor(hidden / heads)
}

const ATTENTION = new Set(['full_attention', 'sliding_attention', 'chunked_attention', 'cross_attention'])
const STATE = new Set(['linear_attention', 'mamba', 'recurrent', 'short_conv'])

export function isAttention(group: LayerGroup): boolean {
  return ATTENTION.has(group.kind)
}

/** Layouts whose cache cannot be sized from what is stated. */
function problemsOf(groups: readonly LayerGroup[]): readonly string[] {
  const problems: string[] = []
  if (groups.some((group) => group.kind === 'compressed_attention' && ratioOf(group) === undefined)) {
    problems.push('The compression ratio of the layers is not known: their cache cannot be sized.')
  }
  if (groups.some((group) => STATE.has(group.kind) && group.state === undefined)) {
    problems.push('The geometry of the state layers is not known: their cache cannot be sized.')
  }
  return problems
}

function missingInGroups(groups: readonly LayerGroup[], architecture: ArchitectureMetadata): readonly string[] {
  const missing = new Set<string>()
  for (const group of groups) {
    if (group.kind === 'mla' && architecture.mla === undefined && group.key_dim === undefined) missing.add('mla')
    if (isAttention(group)) {
      if ((group.kv_heads ?? architecture.num_kv_heads) === undefined) missing.add('num_kv_heads')
      if ((group.key_dim ?? headDimOf(architecture)) === undefined) missing.add('head_dim')
    }
  }
  return [...missing]
}

/** Head geometry of an attention group; the flat fields stand in for what the group does not say. */
export function headsOf(
  group: LayerGroup,
  architecture: ArchitectureMetadata,
): { readonly kvHeads: number; readonly keyDim: number; readonly valueDim: number } {
  const keyDim = group.key_dim ?? headDimOf(architecture) ?? 0
  return {
    kvHeads: group.kv_heads ?? architecture.num_kv_heads ?? 0,
    keyDim,
    valueDim: group.value_dim ?? keyDim,
  }
}
