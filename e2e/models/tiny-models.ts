import { type BuilderTensor, type BuilderValue, f32, type GgufSpec, list, text, u32 } from './gguf-builder'
import { f16, type SafetensorsSpec } from './safetensors-builder'

const F32 = 0

function tensor(name: string, dims: readonly number[]): BuilderTensor {
  return { name, dims, type: F32, bytes: dims.reduce((product, size) => product * size, 4) }
}

/** A whole llama of a few kilobytes: 2 layers, 4 heads, 2 kv heads, 16 wide, 8 words. */
export function tinyLlamaGguf(
  more: { readonly metadata?: readonly (readonly [string, BuilderValue])[] } = {},
): GgufSpec {
  return {
    metadata: [
      ['general.architecture', text('llama')],
      ['general.name', text('Tiny')],
      ['general.file_type', u32(0)],
      ['llama.block_count', u32(2)],
      ['llama.context_length', u32(2048)],
      ['llama.embedding_length', u32(16)],
      ['llama.feed_forward_length', u32(32)],
      ['llama.attention.head_count', u32(4)],
      ['llama.attention.head_count_kv', u32(2)],
      ['llama.rope.freq_base', f32(10_000)],
      ['tokenizer.ggml.model', text('llama')],
      ['tokenizer.ggml.tokens', list('string', ['<unk>', '<s>', '</s>', 'a', 'b', 'c', 'd', 'e'])],
      ['tokenizer.ggml.scores', list('f32', [0, 0, 0, 1, 2, 3, 4, 5])],
      ...(more.metadata ?? []),
    ],
    tensors: tinyLlamaTensors(),
  }
}

export function tinyLlamaTensors(): BuilderTensor[] {
  const blocks = [0, 1].flatMap((index) => [
    tensor(`blk.${index}.attn_norm.weight`, [16]),
    tensor(`blk.${index}.attn_q.weight`, [16, 16]),
    tensor(`blk.${index}.attn_k.weight`, [16, 8]),
    tensor(`blk.${index}.attn_v.weight`, [16, 8]),
    tensor(`blk.${index}.attn_output.weight`, [16, 16]),
    tensor(`blk.${index}.ffn_norm.weight`, [16]),
    tensor(`blk.${index}.ffn_gate.weight`, [16, 32]),
    tensor(`blk.${index}.ffn_up.weight`, [16, 32]),
    tensor(`blk.${index}.ffn_down.weight`, [32, 16]),
  ])
  return [
    tensor('token_embd.weight', [16, 8]),
    ...blocks,
    tensor('output_norm.weight', [16]),
    tensor('output.weight', [16, 8]),
  ]
}

/** The same model as `count` split files: metadata in the first, tensors spread over all (as gguf-split writes them). */
export function tinyLlamaShards(count: number): GgufSpec[] {
  const tensors = tinyLlamaTensors()
  const perShard = Math.ceil(tensors.length / count)
  return Array.from({ length: count }, (_, index) => {
    const split: (readonly [string, BuilderValue])[] = [
      ['split.no', { type: 'u16', value: index }],
      ['split.count', { type: 'u16', value: count }],
      ['split.tensors.count', { type: 'i32', value: tensors.length }],
    ]
    const own = tensors.slice(index * perShard, (index + 1) * perShard)
    return { metadata: index === 0 ? [...(tinyLlamaGguf().metadata ?? []), ...split] : split, tensors: own }
  })
}

export function tinyProjectorGguf(fileType = 1): GgufSpec {
  return {
    metadata: [
      ['general.architecture', text('clip')],
      ['general.type', text('mmproj')],
      ['general.file_type', u32(fileType)],
      ['clip.has_vision_encoder', { type: 'bool', value: true }],
      ['clip.projector_type', text('mlp')],
      ['clip.vision.image_size', u32(336)],
      ['clip.vision.patch_size', u32(14)],
      ['clip.vision.embedding_length', u32(8)],
      ['clip.vision.block_count', u32(1)],
    ],
    tensors: [tensor('v.blk.0.attn_q.weight', [8, 8]), tensor('mm.0.weight', [8, 16])],
  }
}

export function tinyLoraGguf(): GgufSpec {
  return {
    metadata: [
      ['general.architecture', text('llama')],
      ['general.type', text('adapter')],
      ['adapter.type', text('lora')],
      ['adapter.lora.alpha', f32(16)],
      ['general.base_model.0.name', text('Tiny Base')],
    ],
    tensors: [tensor('blk.0.attn_q.weight.lora_a', [16, 4]), tensor('blk.0.attn_q.weight.lora_b', [4, 16])],
  }
}

/** `config.json` of a small Llama as transformers writes it. */
export function tinyLlamaConfig(): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 2048,
    vocab_size: 8,
    rope_theta: 10000,
    torch_dtype: 'float16',
  }
}

/** Weights of that model. */
export function tinyLlamaSafetensors(): SafetensorsSpec {
  const blocks = [0, 1].flatMap((index) => {
    const name = (part: string): string => `model.layers.${index}.${part}.weight`
    return [
      f16(name('input_layernorm'), [16]),
      f16(name('self_attn.q_proj'), [16, 16]),
      f16(name('self_attn.k_proj'), [8, 16]),
      f16(name('self_attn.v_proj'), [8, 16]),
      f16(name('self_attn.o_proj'), [16, 16]),
      f16(name('post_attention_layernorm'), [16]),
      f16(name('mlp.gate_proj'), [32, 16]),
      f16(name('mlp.up_proj'), [32, 16]),
      f16(name('mlp.down_proj'), [16, 32]),
    ]
  })
  return {
    metadata: { format: 'pt' },
    tensors: [
      f16('model.embed_tokens.weight', [8, 16]),
      ...blocks,
      f16('model.norm.weight', [16]),
      f16('lm_head.weight', [8, 16]),
    ],
  }
}
