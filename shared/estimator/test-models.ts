import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { GIB } from '#shared/domain/units'
import { exactly } from './quantity'
import { type EstimateRequest, type FlagValues } from './request'

/** Real geometries for tests; figures are those of the published config.json files. */
export const testModels = {
  'llama-3.1-8b': {
    kind: 'decoder',
    family: 'llama',
    num_layers: 32,
    num_attention_heads: 32,
    num_kv_heads: 8,
    head_dim: 128,
    hidden_size: 4096,
    intermediate_size: 14336,
    vocab_size: 128256,
    context_length: 131072,
    dtype: 'bfloat16',
    quantization: 'none',
    weights_bytes: 16060522496,
    layer_groups: [{ count: 32, kind: 'full_attention', kv_heads: 8, key_dim: 128, value_dim: 128 }],
  },
  'qwen3-8b': {
    kind: 'decoder',
    family: 'qwen3',
    num_layers: 36,
    num_attention_heads: 32,
    num_kv_heads: 8,
    head_dim: 128,
    hidden_size: 4096,
    intermediate_size: 12288,
    vocab_size: 151936,
    context_length: 40960,
    dtype: 'bfloat16',
    quantization: 'none',
    weights_bytes: 16381470720,
    layer_groups: [{ count: 36, kind: 'full_attention', kv_heads: 8, key_dim: 128, value_dim: 128 }],
  },
  'gpt-oss-20b': {
    kind: 'decoder',
    family: 'gpt_oss',
    num_layers: 24,
    num_attention_heads: 64,
    num_kv_heads: 8,
    head_dim: 64,
    hidden_size: 2880,
    intermediate_size: 2880,
    vocab_size: 201088,
    context_length: 131072,
    dtype: 'bfloat16',
    quantization: 'mxfp4',
    quantization_bits: 4,
    weights_bytes: 13761264768,
    moe: { num_experts: 32, experts_per_token: 4 },
    layer_groups: [
      { count: 12, kind: 'sliding_attention', kv_heads: 8, key_dim: 64, value_dim: 64, window: 128 },
      { count: 12, kind: 'full_attention', kv_heads: 8, key_dim: 64, value_dim: 64 },
    ],
  },
  'gemma-4-26b': {
    kind: 'decoder',
    family: 'gemma4',
    num_layers: 30,
    num_attention_heads: 16,
    num_kv_heads: 8,
    head_dim: 256,
    hidden_size: 2816,
    vocab_size: 262144,
    context_length: 262144,
    dtype: 'bfloat16',
    vision: { hidden_size: 1152 },
    weights_bytes: 51_600_000_000,
    layer_groups: [
      { count: 25, kind: 'sliding_attention', kv_heads: 8, key_dim: 256, value_dim: 256, window: 1024 },
      { count: 5, kind: 'full_attention', kv_heads: 2, key_dim: 512, value_dim: 512 },
    ],
  },
  'deepseek-v2-lite': {
    kind: 'decoder',
    family: 'deepseek_v2',
    num_layers: 27,
    num_attention_heads: 16,
    num_kv_heads: 16,
    hidden_size: 2048,
    intermediate_size: 10944,
    vocab_size: 102400,
    context_length: 163840,
    dtype: 'bfloat16',
    quantization: 'none',
    weights_bytes: 31_412_968_448,
    mla: { kv_lora_rank: 512, qk_rope_head_dim: 64, qk_nope_head_dim: 128, v_head_dim: 128 },
    moe: { num_experts: 64, experts_per_token: 6, num_shared_experts: 2, moe_intermediate_size: 1408 },
    layer_groups: [{ count: 27, kind: 'mla' }],
  },
  'qwen3.8-27b': {
    kind: 'decoder',
    family: 'qwen3_5',
    num_layers: 64,
    num_attention_heads: 24,
    num_kv_heads: 4,
    head_dim: 256,
    hidden_size: 5120,
    intermediate_size: 17408,
    vocab_size: 248320,
    context_length: 262144,
    dtype: 'bfloat16',
    mtp_layers: 1,
    weights_bytes: 55_000_000_000,
    layer_groups: [
      { count: 16, kind: 'full_attention', kv_heads: 4, key_dim: 256, value_dim: 256 },
      {
        count: 48,
        kind: 'linear_attention',
        state: {
          kind: 'gated_delta',
          num_key_heads: 16,
          num_value_heads: 48,
          key_head_dim: 128,
          value_head_dim: 128,
          conv_kernel: 4,
          dtype: 'float32',
        },
      },
    ],
  },
  'bert-base': {
    kind: 'encoder',
    family: 'bert',
    num_layers: 12,
    num_attention_heads: 12,
    hidden_size: 768,
    intermediate_size: 3072,
    vocab_size: 30522,
    context_length: 512,
    dtype: 'float32',
    weights_bytes: 440_000_000,
  },
} as const satisfies Readonly<Record<string, ArchitectureMetadata>>

export type TestModel = keyof typeof testModels

/** A request for one of the test models. `gib`: one card of that size; absent means no card. */
export function testRequest(
  model: TestModel,
  options: {
    readonly engine?: EstimateRequest['engine']
    readonly version?: string
    readonly gib?: number
    readonly gpuName?: string
    readonly flags?: FlagValues
    readonly known?: EstimateRequest['known']
  } = {},
): EstimateRequest {
  const { engine = 'vllm', version, gib, gpuName, flags = {}, known = {} } = options
  const gpu = {
    totalBytes: Math.round((gib ?? 0) * GIB),
    source: 'flag',
    ...(gpuName === undefined ? {} : { name: gpuName }),
  }
  return {
    engine,
    architecture: testModels[model],
    gpus: gib === undefined ? [] : [gpu],
    flags: [{ source: 'flag', values: flags }],
    known,
    weights: { bytes: exactly(testModels[model].weights_bytes), source: 'safetensors:model.safetensors' },
    ...(version === undefined ? {} : { engineVersion: { value: version, source: 'flag' } }),
  }
}

/** A known term, as a log prints it. */
export function measuredGib(gib: number): { readonly value: number; readonly source: string } {
  return { value: Math.round(gib * GIB), source: 'runtime:vllm' }
}
