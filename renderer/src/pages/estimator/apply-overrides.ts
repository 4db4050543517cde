import {
  type ArchitectureField,
  type ArchitectureMetadata,
  architectureSchema,
  type LayerGroup,
} from '#shared/domain/architecture'
import { type Json } from '#shared/domain/json'

type Overrides = Readonly<Partial<Record<ArchitectureField, Json>>>

/**
 * The architecture with values typed by hand. Each is marked `manual`; the cache layout follows heads, head dimension
 * and layers where it was not typed itself, marked as derived. A value of the wrong type leaves the field as stated
 * (the fields are checked when they are typed).
 */
export function applyOverrides(stated: ArchitectureMetadata, overrides: Overrides): ArchitectureMetadata {
  const fields = Object.keys(overrides)
  if (fields.length === 0) return stated
  const parsed = architectureSchema.safeParse({ ...stated, ...overrides })
  if (!parsed.success) return stated
  const sources = Object.fromEntries(fields.map((field) => [field, 'manual']))
  const groups = Object.hasOwn(overrides, 'layer_groups') ? undefined : followingLayout(stated, parsed.data, overrides)
  return {
    ...parsed.data,
    ...(groups === undefined ? {} : { layer_groups: groups }),
    field_sources: {
      ...stated.field_sources,
      ...(groups === undefined ? {} : { layer_groups: 'derived:manual values' }),
      ...sources,
    },
  }
}

const LAYOUT_FIELDS = ['num_layers', 'num_kv_heads', 'head_dim'] as const

/** New groups after heads, dimension or layers changed; `undefined` when nothing follows. */
function followingLayout(
  stated: ArchitectureMetadata,
  next: ArchitectureMetadata,
  overrides: Overrides,
): LayerGroup[] | undefined {
  if (!LAYOUT_FIELDS.some((field) => Object.hasOwn(overrides, field)) || next.kind === 'encoder') return undefined
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
    ...(group.kv_heads !== undefined && Object.hasOwn(overrides, 'num_kv_heads') ? { kv_heads: kvHeads } : {}),
    ...(group.key_dim !== undefined && Object.hasOwn(overrides, 'head_dim')
      ? { key_dim: headDim, value_dim: headDim }
      : {}),
  }))
}

function quotient(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined || left % right !== 0) return undefined
  return left / right
}
