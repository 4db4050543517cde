import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { describeFields } from './describe-fields'

/** A GGUF as Ollama keeps it. */
export const llama31Ollama: ArchitectureMetadata = gguf('ollama:llama3.1:8b-instruct-q4_K_M', {
  ...ggufLlama(131072, 500000, 128256),
  quantization: 'q4_k_m',
  quantization_bits: 4,
  parameters_total: 8_030_261_248,
  weights_bytes: 4_912_898_304,
})

/** A GGUF for llama-server. */
export const mistralGguf: ArchitectureMetadata = gguf('gguf:Mistral-7B-Instruct-v0.3-Q8_0.gguf', {
  ...ggufLlama(32768, 1_000_000, 32768),
  quantization: 'q8_0',
  quantization_bits: 8,
  parameters_total: 7_248_023_552,
  weights_bytes: 7_701_807_104,
})

function ggufLlama(context: number, ropeTheta: number, vocabulary: number): ArchitectureMetadata {
  return {
    family: 'llama',
    kind: 'decoder',
    num_layers: 32,
    num_attention_heads: 32,
    num_kv_heads: 8,
    head_dim: 128,
    hidden_size: 4096,
    intermediate_size: 14336,
    vocab_size: vocabulary,
    context_length: context,
    rope_theta: ropeTheta,
    layer_groups: [{ count: 32, kind: 'full_attention', kv_heads: 8, key_dim: 128, value_dim: 128 }],
  }
}

function gguf(main: string, fields: ArchitectureMetadata): ArchitectureMetadata {
  const others = {
    head_dim: 'derived:hidden_size,num_attention_heads',
    layer_groups: 'derived:num_layers,num_kv_heads,head_dim',
  }
  return describeFields(fields, { main, others })
}
