import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type TensorSummary } from '#shared/domain/tensors'
import { GIB } from '#shared/domain/units'
import { type EngineEstimator } from '../engines/engine'
import { type EstimateRequest, type FlagValues } from '../request'
import { type EstimateResult } from '../result'

/** Figures of released models for tests; public knowledge. */
export const qwen25With3b: ArchitectureMetadata = {
  family: 'qwen2',
  kind: 'decoder',
  num_layers: 36,
  num_attention_heads: 16,
  num_kv_heads: 2,
  head_dim: 128,
  hidden_size: 2048,
  intermediate_size: 11008,
  vocab_size: 151936,
  context_length: 32768,
  layer_groups: [{ count: 36, kind: 'full_attention', kv_heads: 2, key_dim: 128, value_dim: 128 }],
}

export const qwen25With32b: ArchitectureMetadata = {
  ...qwen25With3b,
  num_layers: 64,
  num_attention_heads: 40,
  num_kv_heads: 8,
  hidden_size: 5120,
  intermediate_size: 27648,
  vocab_size: 152064,
  context_length: 131072,
  layer_groups: [{ count: 64, kind: 'full_attention', kv_heads: 8, key_dim: 128, value_dim: 128 }],
}

export const gemma3With27b: ArchitectureMetadata = {
  family: 'gemma3',
  kind: 'decoder',
  num_layers: 62,
  num_attention_heads: 32,
  num_kv_heads: 16,
  head_dim: 128,
  hidden_size: 5376,
  intermediate_size: 21504,
  vocab_size: 262208,
  context_length: 131072,
  layer_groups: [
    { count: 52, kind: 'sliding_attention', kv_heads: 16, key_dim: 128, value_dim: 128, window: 1024 },
    { count: 10, kind: 'full_attention', kv_heads: 16, key_dim: 128, value_dim: 128 },
  ],
}

export const deepseekV3: ArchitectureMetadata = {
  family: 'deepseek_v3',
  kind: 'decoder',
  num_layers: 61,
  num_attention_heads: 128,
  hidden_size: 7168,
  intermediate_size: 18432,
  vocab_size: 129280,
  context_length: 163840,
  layer_groups: [{ count: 61, kind: 'mla' }],
  mla: { kv_lora_rank: 512, qk_rope_head_dim: 64, q_lora_rank: 1536, qk_nope_head_dim: 128, v_head_dim: 128 },
  moe: { num_experts: 256, experts_per_token: 8, num_shared_experts: 1, moe_intermediate_size: 2048 },
}

/** A tensor list with equal blocks. */
export function tensorSummary(parts: {
  blocks: number
  blockBytes: number
  embeddingBytes: number
  outputBytes?: number
  expertBytes?: number
  mtpBytes?: number
}): TensorSummary {
  const { blocks, blockBytes, embeddingBytes, outputBytes, expertBytes = 0, mtpBytes = 0 } = parts
  return {
    layerBytes: Array.from({ length: blocks }, () => blockBytes),
    layerExpertBytes: Array.from({ length: blocks }, () => expertBytes),
    layerMtpBytes: Array.from({ length: blocks }, (_, index) => (index === blocks - 1 ? mtpBytes : 0)),
    tokenEmbeddingBytes: embeddingBytes,
    outputBytes: outputBytes ?? 0,
    hasOutput: outputBytes !== undefined,
    hostOnlyBytes: 0,
    visionBytes: 0,
    otherBytes: 0,
    totalBytes: blocks * blockBytes + embeddingBytes + (outputBytes ?? 0),
  }
}

export function requestFor(
  architecture: ArchitectureMetadata,
  values: FlagValues = {},
  more: Partial<EstimateRequest> = {},
): EstimateRequest {
  return {
    engine: 'llama.cpp',
    architecture,
    gpus: [{ totalBytes: 80 * GIB, source: 'flag' }],
    flags: [{ source: 'flag', values }],
    known: {},
    ...more,
  }
}

export function estimateOrThrow(engine: EngineEstimator, request: EstimateRequest): EstimateResult {
  const result = engine.estimate(request)
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}
