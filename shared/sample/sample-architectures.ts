import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { describeFields, type FieldOrigins } from './describe-fields'

/** What a Hugging Face folder yields: figures from `config.json`, sizes from the tensor headers. */
const folder: FieldOrigins = {
  main: 'config:config.json',
  others: {
    layer_groups: 'derived:num_layers,num_kv_heads,head_dim',
    quantization: 'config:config.json',
    kv_precision: 'heuristic:dtype of the model',
    parameters_total: 'safetensors:model.safetensors.index.json',
    parameters_active: 'safetensors:model.safetensors.index.json',
    weights_bytes: 'safetensors:model.safetensors.index.json',
    vision_weights_bytes: 'safetensors:model.safetensors.index.json',
  },
}

function derivedHead(origins: FieldOrigins): FieldOrigins {
  return { ...origins, others: { ...origins.others, head_dim: 'derived:hidden_size,num_attention_heads' } }
}

function nested(origins: FieldOrigins): FieldOrigins {
  return {
    main: 'config:config.json#text_config',
    others: { ...origins.others, family: 'config:config.json', vision: 'config:config.json#vision_config' },
  }
}

const bf16 = { dtype: 'bfloat16', quantization: 'none', kv_precision: 'bfloat16' } as const

/** Dense, grouped-query attention. */
export const llama31: ArchitectureMetadata = describeFields(
  {
    family: 'llama',
    kind: 'decoder',
    num_layers: 32,
    num_attention_heads: 32,
    num_kv_heads: 8,
    head_dim: 128,
    hidden_size: 4096,
    intermediate_size: 14336,
    vocab_size: 128256,
    max_position_embeddings: 131072,
    context_length: 131072,
    rope_theta: 500000,
    rope_scaling: {
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
      rope_type: 'llama3',
    },
    ...bf16,
    layer_groups: [{ count: 32, kind: 'full_attention', kv_heads: 8, key_dim: 128, value_dim: 128 }],
    parameters_total: 8_030_261_248,
    weights_bytes: 16_060_522_496,
  },
  derivedHead(folder),
)

/** Dense, head size stated, smaller stated context. */
export const qwen3: ArchitectureMetadata = describeFields(
  {
    family: 'qwen3',
    kind: 'decoder',
    num_layers: 36,
    num_attention_heads: 32,
    num_kv_heads: 8,
    head_dim: 128,
    hidden_size: 4096,
    intermediate_size: 12288,
    vocab_size: 151936,
    max_position_embeddings: 40960,
    context_length: 40960,
    rope_theta: 1_000_000,
    ...bf16,
    layer_groups: [{ count: 36, kind: 'full_attention', kv_heads: 8, key_dim: 128, value_dim: 128 }],
    parameters_total: 8_190_735_360,
    weights_bytes: 16_381_470_720,
  },
  folder,
)

/** Five sliding layers for one full layer, with a vision tower. */
export const gemma3: ArchitectureMetadata = describeFields(
  {
    family: 'gemma3',
    kind: 'decoder',
    num_layers: 48,
    num_attention_heads: 16,
    num_kv_heads: 8,
    head_dim: 256,
    hidden_size: 3840,
    intermediate_size: 15360,
    vocab_size: 262208,
    max_position_embeddings: 131072,
    context_length: 131072,
    rope_theta: 1_000_000,
    rope_scaling: { factor: 8, rope_type: 'linear' },
    ...bf16,
    layer_groups: [
      { count: 40, kind: 'sliding_attention', kv_heads: 8, key_dim: 256, value_dim: 256, window: 1024 },
      { count: 8, kind: 'full_attention', kv_heads: 8, key_dim: 256, value_dim: 256 },
    ],
    vision: { image_size: 896, patch_size: 14, hidden_size: 1152, num_layers: 27 },
    parameters_total: 12_187_325_040,
    weights_bytes: 24_374_650_080,
    vision_weights_bytes: 842_581_728,
  },
  nested(folder),
)

/** Mixture of experts: 128 experts, 8 a token. */
export const qwen3Moe: ArchitectureMetadata = describeFields(
  {
    family: 'qwen3_moe',
    kind: 'decoder',
    num_layers: 48,
    num_attention_heads: 32,
    num_kv_heads: 4,
    head_dim: 128,
    hidden_size: 2048,
    intermediate_size: 6144,
    vocab_size: 151936,
    max_position_embeddings: 40960,
    context_length: 40960,
    rope_theta: 1_000_000,
    ...bf16,
    layer_groups: [{ count: 48, kind: 'full_attention', kv_heads: 4, key_dim: 128, value_dim: 128 }],
    moe: { num_experts: 128, experts_per_token: 8, moe_intermediate_size: 768 },
    parameters_total: 30_532_122_624,
    parameters_active: 3_353_032_704,
    weights_bytes: 61_064_245_248,
  },
  folder,
)

/** Multi-head latent attention: one compressed row a token and layer. */
export const deepseekV2Lite: ArchitectureMetadata = describeFields(
  {
    family: 'deepseek_v2',
    kind: 'decoder',
    num_layers: 27,
    num_attention_heads: 16,
    num_kv_heads: 16,
    hidden_size: 2048,
    intermediate_size: 10944,
    vocab_size: 102400,
    max_position_embeddings: 163840,
    context_length: 163840,
    rope_theta: 10000,
    rope_scaling: {
      beta_fast: 32,
      beta_slow: 1,
      factor: 40,
      // biome-ignore lint/suspicious/noApproximativeNumericConstant: the figure of the published config
      mscale: 0.707,
      // biome-ignore lint/suspicious/noApproximativeNumericConstant: the figure of the published config
      mscale_all_dim: 0.707,
      original_max_position_embeddings: 4096,
      type: 'yarn',
    },
    ...bf16,
    layer_groups: [{ count: 27, kind: 'mla' }],
    mla: { kv_lora_rank: 512, qk_rope_head_dim: 64, qk_nope_head_dim: 128, v_head_dim: 128 },
    moe: { num_experts: 64, experts_per_token: 6, num_shared_experts: 2, moe_intermediate_size: 1408 },
    parameters_total: 15_706_484_224,
    parameters_active: 2_661_150_208,
    weights_bytes: 31_412_968_448,
  },
  folder,
)

/** Vision and language, with a config of the older flat form. */
export const qwen25Vl: ArchitectureMetadata = describeFields(
  {
    family: 'qwen2_5_vl',
    kind: 'decoder',
    num_layers: 28,
    num_attention_heads: 28,
    num_kv_heads: 4,
    head_dim: 128,
    hidden_size: 3584,
    intermediate_size: 18944,
    vocab_size: 152064,
    max_position_embeddings: 128000,
    context_length: 128000,
    rope_theta: 1_000_000,
    rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
    ...bf16,
    layer_groups: [{ count: 28, kind: 'full_attention', kv_heads: 4, key_dim: 128, value_dim: 128 }],
    vision: { patch_size: 14, hidden_size: 1280, num_layers: 32, projection_dim: 3584 },
    parameters_total: 8_292_166_656,
    weights_bytes: 16_584_333_312,
    vision_weights_bytes: 1_353_100_288,
  },
  {
    ...derivedHead(folder),
    others: { ...derivedHead(folder).others, vision: 'config:config.json#vision_config' },
  },
)

/** Four-bit weights, 16-bit cache. */
export const qwen25Awq: ArchitectureMetadata = describeFields(
  {
    family: 'qwen2',
    kind: 'decoder',
    num_layers: 28,
    num_attention_heads: 28,
    num_kv_heads: 4,
    head_dim: 128,
    hidden_size: 3584,
    intermediate_size: 18944,
    vocab_size: 152064,
    max_position_embeddings: 32768,
    context_length: 32768,
    rope_theta: 1_000_000,
    dtype: 'float16',
    kv_precision: 'float16',
    quantization: 'awq',
    quantization_bits: 4,
    layer_groups: [{ count: 28, kind: 'full_attention', kv_heads: 4, key_dim: 128, value_dim: 128 }],
    parameters_total: 7_615_616_512,
    weights_bytes: 5_570_747_392,
  },
  derivedHead(folder),
)

/** Half of the layers slide over 128 tokens; experts in four bits. */
export const gptOss: ArchitectureMetadata = describeFields(
  {
    family: 'gpt_oss',
    kind: 'decoder',
    num_layers: 24,
    num_attention_heads: 64,
    num_kv_heads: 8,
    head_dim: 64,
    hidden_size: 2880,
    intermediate_size: 2880,
    vocab_size: 201088,
    max_position_embeddings: 131072,
    context_length: 131072,
    rope_theta: 150000,
    rope_scaling: {
      beta_fast: 32,
      beta_slow: 1,
      factor: 32,
      original_max_position_embeddings: 4096,
      rope_type: 'yarn',
      truncate: false,
    },
    dtype: 'bfloat16',
    kv_precision: 'bfloat16',
    quantization: 'mxfp4',
    quantization_bits: 4,
    layer_groups: [
      { count: 12, kind: 'sliding_attention', kv_heads: 8, key_dim: 64, value_dim: 64, window: 128 },
      { count: 12, kind: 'full_attention', kv_heads: 8, key_dim: 64, value_dim: 64 },
    ],
    moe: { num_experts: 32, experts_per_token: 4 },
    parameters_total: 20_914_757_184,
    parameters_active: 4_187_440_704,
    weights_bytes: 13_761_264_768,
  },
  folder,
)
