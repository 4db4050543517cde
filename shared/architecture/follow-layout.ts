import { type ArchitectureField, type ArchitectureMetadata, type LayerGroup } from '../domain/architecture'

/** Fields from which the cache layout of a plain decoder follows. */
export const layoutFields: readonly ArchitectureField[] = ['num_layers', 'num_kv_heads', 'head_dim']

/**
 * The cache layout after layers, KV heads or head dimension were set by hand: groups keep their kind and window and take
 * the new numbers; several groups cannot share out a new number of layers, so that one becomes plain full attention.
 * `undefined` when nothing follows (an encoder, another field, or not enough is known).
 */
export function followLayout(
  stated: ArchitectureMetadata,
  next: ArchitectureMetadata,
  changed: ArchitectureField,
): readonly LayerGroup[] | undefined {
  if (!layoutFields.includes(changed) || next.kind === 'encoder') return undefined
  const { num_layers: layers, num_kv_heads: kvHeads } = next
  const headDim = next.head_dim ?? quotient(next.hidden_size, next.num_attention_heads)
  const groups = stated.layer_groups
  if (groups === undefined || (groups.length > 1 && layers !== stated.num_layers)) {
    if (layers === undefined || kvHeads === undefined || headDim === undefined) return undefined
    return [{ count: layers, kind: 'full_attention', kv_heads: kvHeads, key_dim: headDim, value_dim: headDim }]
  }
  return groups.map((group) => ({
    ...group,
    ...(groups.length === 1 && layers !== undefined ? { count: layers } : {}),
    ...(group.kv_heads !== undefined && changed === 'num_kv_heads' ? { kv_heads: kvHeads } : {}),
    ...(group.key_dim !== undefined && changed === 'head_dim' ? { key_dim: headDim, value_dim: headDim } : {}),
  }))
}

function quotient(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined || left % right !== 0) return undefined
  return left / right
}
