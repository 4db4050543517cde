import { type ArchitectureMetadata } from '#shared/domain/architecture'

/** Factor that the older project put on everything (weights, cache, activations) for fragmentation. */
export const OLDER_FRAGMENTATION = 1.15

/** Peer: 2 x layers x kv_heads x head_dim x 2 bytes of one token, all cards together; NaN when a fact is missing. */
export function plainBytesPerToken(architecture: ArchitectureMetadata): number {
  const { num_layers: layers, num_attention_heads: heads, hidden_size: hidden } = architecture
  const width = architecture.head_dim ?? (hidden ?? Number.NaN) / (heads ?? Number.NaN)
  return 2 * (layers ?? Number.NaN) * (architecture.num_kv_heads ?? heads ?? Number.NaN) * width * 2
}

/** Peer: the older project's cache, the plain formula times its fragmentation factor. */
export function olderBytesPerToken(architecture: ArchitectureMetadata): number {
  return plainBytesPerToken(architecture) * OLDER_FRAGMENTATION
}
