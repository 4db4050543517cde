import { describe, expect, it } from 'vitest'
import { type ArchitectureMetadata } from '../../domain/architecture'
import { type Json } from '../../domain/json'
import { extractArchitecture } from '../extract-architecture'
import { type RawSources } from '../raw'

function extract(json: Json): ArchitectureMetadata {
  return extractArchitecture({ config: { file: 'config.json', json } })
}

const llama = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  hidden_size: 512,
  intermediate_size: 1024,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  vocab_size: 1000,
  max_position_embeddings: 2048,
  torch_dtype: 'bfloat16',
}
const full = (count: number, more: object = {}): object => ({
  count,
  kind: 'full_attention',
  kv_heads: 2,
  key_dim: 64,
  value_dim: 64,
  ...more,
})
const sliding = (count: number, window: number): object => ({
  count,
  kind: 'sliding_attention',
  kv_heads: 2,
  key_dim: 64,
  value_dim: 64,
  window,
})

describe('plain decoders', () => {
  it('reads sizes under their own names, derives the head width and says where everything comes from', () => {
    const architecture = extract(llama)
    expect(architecture).toMatchObject({
      family: 'llama',
      kind: 'decoder',
      num_layers: 4,
      num_attention_heads: 8,
      num_kv_heads: 2,
      head_dim: 64,
      context_length: 2048,
      rope_theta: 10000,
      dtype: 'bfloat16',
      quantization: 'none',
      source: 'config.json',
      sources: ['config:config.json'],
      layer_groups: [full(4)],
    })
    expect(architecture.field_sources).toMatchObject({
      num_layers: 'config:config.json',
      head_dim: 'derived:hidden_size,num_attention_heads',
      rope_theta: 'default:llama class default',
      kv_precision: 'heuristic:model dtype',
    })
    expect(architecture.evidence?.['num_layers']).toEqual({ key: 'num_hidden_layers', value: 4 })
    expect(architecture.warnings).toBeUndefined()
  })

  it.each([
    [
      'GPT-2 names',
      { model_type: 'gpt2', n_embd: 64, n_head: 4, n_layer: 3, n_positions: 128, n_inner: null, vocab_size: 99 },
      {
        num_layers: 3,
        hidden_size: 64,
        num_kv_heads: 4,
        head_dim: 16,
        intermediate_size: 256,
        max_position_embeddings: 128,
        context_length: 128,
      },
    ],
    [
      'MPT multi-query by name',
      {
        model_type: 'mpt',
        d_model: 64,
        n_heads: 4,
        n_layers: 2,
        max_seq_len: 256,
        expansion_ratio: 3,
        attn_config: { attn_type: 'multiquery_attention', alibi: true },
        vocab_size: 9,
      },
      { num_kv_heads: 1, intermediate_size: 192, context_length: 256 },
    ],
    [
      'DBRX nesting',
      {
        model_type: 'dbrx',
        d_model: 64,
        n_heads: 4,
        n_layers: 2,
        max_seq_len: 512,
        attn_config: { kv_n_heads: 2, rope_theta: 5e5 },
        ffn_config: { ffn_hidden_size: 100, moe_num_experts: 8, moe_top_k: 3 },
        vocab_size: 9,
      },
      { num_kv_heads: 2, rope_theta: 5e5, intermediate_size: 100, moe: { num_experts: 8, experts_per_token: 3 } },
    ],
    [
      'ChatGLM groups and rope ratio',
      {
        model_type: 'chatglm',
        hidden_size: 64,
        num_attention_heads: 4,
        num_layers: 2,
        kv_channels: 16,
        multi_query_attention: true,
        multi_query_group_num: 2,
        seq_length: 300,
        rope_ratio: 50,
        padded_vocab_size: 77,
        ffn_hidden_size: 100,
      },
      {
        num_kv_heads: 2,
        head_dim: 16,
        context_length: 300,
        rope_theta: 500_000,
        vocab_size: 77,
        intermediate_size: 100,
      },
    ],
    [
      'Falcon 7B: one KV head by flag',
      {
        model_type: 'falcon',
        hidden_size: 64,
        num_attention_heads: 4,
        num_hidden_layers: 2,
        multi_query: true,
        new_decoder_architecture: false,
        num_kv_heads: 4,
        vocab_size: 9,
      },
      { num_kv_heads: 1, context_length: 2048 },
    ],
    [
      'Falcon 40B: the new decoder counts',
      {
        model_type: 'falcon',
        hidden_size: 64,
        num_attention_heads: 4,
        num_hidden_layers: 2,
        multi_query: true,
        new_decoder_architecture: true,
        num_kv_heads: 2,
        vocab_size: 9,
      },
      { num_kv_heads: 2 },
    ],
    [
      'null before a later alias',
      { ...llama, num_key_value_heads: null, num_kv_heads: 4, head_dim: null },
      { num_kv_heads: 4, head_dim: 64 },
    ],
    [
      'per-layer lists',
      {
        model_type: 'openelm',
        model_dim: 64,
        num_transformer_layers: 2,
        num_query_heads: [4, 6],
        num_kv_heads: [1, 3],
        head_dim: 16,
        max_context_length: 50,
        vocab_size: 9,
      },
      {
        num_layers: 2,
        num_attention_heads: 6,
        num_kv_heads: 3,
        context_length: 50,
        layer_groups: [
          { count: 1, kind: 'full_attention', kv_heads: 1, key_dim: 16, value_dim: 16 },
          { count: 1, kind: 'full_attention', kv_heads: 3, key_dim: 16, value_dim: 16 },
        ],
      },
    ],
    [
      'native Mistral params',
      { dim: 64, n_layers: 2, n_heads: 4, n_kv_heads: 2, hidden_dim: 100, head_dim: 32, vocab_size: 9 },
      { num_layers: 2, hidden_size: 64, num_kv_heads: 2, intermediate_size: 100, head_dim: 32 },
    ],
  ] as const)('%s', (_, config, expected) => {
    expect(extract(config as unknown as Json)).toMatchObject(expected) // literal tables are JSON
  })
})

describe('context length, as vLLM derives it', () => {
  const rope = (rope_scaling: Json, more: object = {}): ArchitectureMetadata =>
    extract({ ...llama, ...more, rope_scaling } as Json) // built from literals
  it.each([
    ['linear', { type: 'linear', factor: 4 }, 8192],
    ['dynamic', { rope_type: 'dynamic', factor: 2 }, 4096],
    ['yarn takes the original length', { type: 'yarn', factor: 4, original_max_position_embeddings: 1000 }, 4000],
    [
      'llama3 states the scaled length',
      { rope_type: 'llama3', factor: 8, original_max_position_embeddings: 512 },
      2048,
    ],
    ['longrope states the long length', { type: 'longrope', factor: 3, original_max_position_embeddings: 512 }, 2048],
    ['mrope has no factor', { type: 'mrope', mrope_section: [1, 2] }, 2048],
    ['an unknown type without a number', { type: '3D', factor: null }, 2048],
  ])('%s', (_, scaling, expected) => {
    expect(rope(scaling as Json).context_length).toBe(expected)
  })

  it('does not multiply Gemma 3, whose stated length is the scaled one', () => {
    expect(rope({ rope_type: 'linear', factor: 8 }, { model_type: 'gemma3_text' }).context_length).toBe(2048)
  })

  it('takes the smallest of several limits, and model_max_length above all', () => {
    expect(extract({ ...llama, seq_length: 1024 }).context_length).toBe(1024)
    expect(extract({ ...llama, model_max_length: 9000 }).context_length).toBe(9000)
  })

  it('understands Transformers 5 parameters, one block per layer kind', () => {
    const rope_parameters = {
      full_attention: { rope_type: 'yarn', factor: 32, original_max_position_embeddings: 128, rope_theta: 5e5 },
      sliding_attention: { rope_type: 'default', rope_theta: 1e4 },
    }
    expect(extract({ ...llama, rope_parameters })).toMatchObject({ context_length: 4096, rope_theta: 5e5 })
  })

  it('leaves the length out when nothing is stated', () => {
    const { max_position_embeddings: _, ...rest } = llama
    const architecture = extract({ ...rest, model_type: 'somebloom' })
    expect(architecture.context_length).toBeUndefined()
    expect(architecture.warnings?.join()).toContain('context length is unknown')
  })
})

describe('layers', () => {
  it.each([
    ['a window in every layer', { model_type: 'mistral', sliding_window: 100 }, [sliding(4, 100)]],
    [
      'a window that is switched off',
      { model_type: 'qwen2', sliding_window: 100, use_sliding_window: false },
      [full(4)],
    ],
    [
      'a window from a layer on',
      { model_type: 'qwen2', sliding_window: 100, use_sliding_window: true, max_window_layers: 3 },
      [full(3), sliding(1, 100)],
    ],
    [
      'the rhythm of the class',
      { model_type: 'gemma2', sliding_window: 100, head_dim: 64 },
      [sliding(2, 100), full(2)],
    ],
    [
      'a stated period',
      { model_type: 'cohere2', sliding_window: 100, sliding_window_pattern: 4 },
      [sliding(3, 100), full(1)],
    ],
    [
      'a pattern in letters',
      { model_type: 'exaone4', sliding_window: 100, sliding_window_pattern: 'LLLG' },
      [sliding(3, 100), full(1)],
    ],
    [
      'a list, longer by the next-token layer',
      {
        model_type: 'step3p5',
        head_dim: 64,
        sliding_window: 100,
        layer_types: [
          'full_attention',
          'sliding_attention',
          'sliding_attention',
          'full_attention',
          'sliding_attention',
        ],
        attention_other_setting: { num_attention_groups: 4 },
      },
      [full(2), { ...sliding(2, 100), kv_heads: 4 }],
    ],
    [
      'chunks by rotary layers',
      { model_type: 'llama4_text', attention_chunk_size: 512, no_rope_layers: [1, 1, 1, 0], head_dim: 64 },
      [{ count: 3, kind: 'chunked_attention', kv_heads: 2, key_dim: 64, value_dim: 64, window: 512 }, full(1)],
    ],
    [
      'mixed widths',
      {
        model_type: 'mimo_v2',
        hybrid_layer_pattern: [0, 1, 1, 0],
        sliding_window: 128,
        attention_chunk_size: 128,
        head_dim: 64,
        v_head_dim: 32,
        swa_num_key_value_heads: 4,
        swa_head_dim: 64,
        swa_v_head_dim: 32,
      },
      [
        { ...full(2), value_dim: 32 },
        { count: 2, kind: 'sliding_attention', kv_heads: 4, key_dim: 64, value_dim: 32, window: 128 },
      ],
    ],
    [
      'shared caches at the end',
      {
        model_type: 'gemma4_text',
        layer_types: ['sliding_attention', 'full_attention', 'sliding_attention', 'full_attention'],
        sliding_window: 64,
        head_dim: 64,
        global_head_dim: 128,
        num_kv_shared_layers: 2,
      },
      [sliding(1, 64), { ...full(1), key_dim: 128, value_dim: 128 }, { count: 2, kind: 'shared_kv' }],
    ],
    [
      'cross-attention',
      { model_type: 'mllama_text_model', cross_attention_layers: [1] },
      [full(3), { count: 1, kind: 'cross_attention' }],
    ],
  ] as const)('%s', (_, more, groups) => {
    expect(extract({ ...llama, ...more } as unknown as Json).layer_groups).toEqual(groups) // literal tables are JSON
  })

  it('keeps the larger KV head count of mixed models', () => {
    const config = {
      ...llama,
      model_type: 'mimo_v2',
      hybrid_layer_pattern: [0, 1, 1, 0],
      sliding_window: 8,
      swa_num_key_value_heads: 4,
    }
    expect(extract(config).num_kv_heads).toBe(4)
  })

  it('describes recurrent states with the numbers of the config', () => {
    const delta = {
      linear_conv_kernel_dim: 4,
      linear_num_key_heads: 2,
      linear_num_value_heads: 6,
      linear_key_head_dim: 16,
      linear_value_head_dim: 16,
    }
    const next = extract({
      ...llama,
      model_type: 'qwen3_next',
      full_attention_interval: 2,
      head_dim: 64,
      mamba_ssm_dtype: 'float32',
      ...delta,
    })
    expect(next.layer_groups).toEqual([
      {
        count: 2,
        kind: 'linear_attention',
        state: {
          kind: 'gated_delta',
          conv_kernel: 4,
          num_key_heads: 2,
          num_value_heads: 6,
          key_head_dim: 16,
          value_head_dim: 16,
          dtype: 'float32',
        },
      },
      full(2),
    ])
    const mamba2 = { mamba_num_heads: 4, mamba_head_dim: 8, n_groups: 2, ssm_state_size: 16, conv_kernel: 4 }
    const nemotron = extract({
      ...llama,
      model_type: 'nemotron_h',
      head_dim: 64,
      hybrid_override_pattern: 'M*-E',
      ...mamba2,
    })
    expect(nemotron.layer_groups).toEqual([
      {
        count: 1,
        kind: 'mamba',
        state: {
          kind: 'mamba2',
          conv_kernel: 4,
          inner_size: 32,
          state_size: 16,
          group_count: 2,
          num_heads: 4,
          head_dim: 8,
        },
      },
      full(1),
      { count: 2, kind: 'none' },
    ])
    const jamba = extract({
      ...llama,
      model_type: 'jamba',
      attn_layer_period: 4,
      attn_layer_offset: 1,
      mamba_d_state: 16,
      mamba_d_conv: 4,
      mamba_expand: 2,
    })
    expect(jamba.layer_groups).toEqual([
      { count: 3, kind: 'mamba', state: { kind: 'mamba', conv_kernel: 4, inner_size: 1024, state_size: 16 } },
      full(1),
    ])
  })

  it('gives a state-space model neither attention heads nor a head width', () => {
    const config = {
      model_type: 'mamba2',
      hidden_size: 64,
      num_hidden_layers: 2,
      num_heads: 8,
      head_dim: 16,
      state_size: 16,
      n_groups: 1,
      conv_kernel: 4,
      expand: 2,
      vocab_size: 9,
    }
    const architecture = extract(config)
    expect(architecture.num_attention_heads).toBeUndefined()
    expect(architecture.head_dim).toBeUndefined()
    expect(architecture.layer_groups).toEqual([
      { count: 2, kind: 'mamba', state: expect.objectContaining({ kind: 'mamba2', inner_size: 128 }) },
    ])
  })

  it('reads the blocks of a searched architecture: heads per group, or none', () => {
    const block = (group: number | null): object => ({ attention: { n_heads_in_group: group, no_op: group === null } })
    const config = {
      ...llama,
      model_type: 'nemotron-nas',
      num_key_value_heads: null,
      block_configs: [block(4), block(null), block(2), block(4)],
    }
    expect(extract(config as unknown as Json)).toMatchObject({
      num_kv_heads: 4,
      layer_groups: [full(2), { count: 1, kind: 'none' }, { ...full(1), kv_heads: 4 }],
    })
  })

  it('says why layers cannot be told apart instead of guessing', () => {
    const architecture = extract({
      ...llama,
      layer_types: ['full_attention', 'who_knows', 'full_attention', 'full_attention'],
    })
    expect(architecture.layer_groups).toBeUndefined()
    expect(architecture.warnings?.join()).toContain('who_knows')
    expect(extract({ ...llama, layer_types: ['full_attention'] }).layer_groups).toBeUndefined()
  })
})

describe('latent attention', () => {
  const latent = {
    ...llama,
    model_type: 'deepseek_v3',
    kv_lora_rank: 128,
    qk_rope_head_dim: 32,
    qk_nope_head_dim: 64,
    v_head_dim: 64,
    q_lora_rank: null,
    num_key_value_heads: 8,
  }

  it('is one latent per layer, without a head width that nobody stated', () => {
    const architecture = extract(latent)
    expect(architecture.mla).toEqual({ kv_lora_rank: 128, qk_rope_head_dim: 32, qk_nope_head_dim: 64, v_head_dim: 64 })
    expect(architecture.head_dim).toBeUndefined()
    expect(architecture.layer_groups).toEqual([{ count: 4, kind: 'mla' }])
  })

  it('counts the bytes of a sparse indexer in the layers that own one', () => {
    const dsa = { ...latent, index_head_dim: 128, index_topk: 64, indexer_types: ['full', 'shared', 'shared', 'full'] }
    expect(extract(dsa).layer_groups).toEqual([
      { count: 2, kind: 'mla', indexer_bytes: 132 },
      { count: 2, kind: 'mla' },
    ])
  })

  it('is off when the file says so', () => {
    const architecture = extract({ ...latent, use_mla: false, v_head_dim: 0 })
    expect(architecture.mla).toBeUndefined()
    expect(architecture.layer_groups).toEqual([{ ...full(4), kv_heads: 8 }])
  })

  it('finds the linear layers of Kimi, which count from one', () => {
    const kimi = {
      ...latent,
      model_type: 'kimi_linear',
      linear_attn_config: {
        kda_layers: [1, 2, 3],
        full_attn_layers: [4],
        num_heads: 8,
        head_dim: 16,
        short_conv_kernel_size: 4,
      },
    }
    expect(extract(kimi).layer_groups).toEqual([
      { count: 3, kind: 'linear_attention', state: { kind: 'kda', conv_kernel: 4, num_heads: 8, head_dim: 16 } },
      { count: 1, kind: 'mla' },
    ])
  })
})

describe('nested and composite configs', () => {
  it.each(['text_config', 'llm_config', 'language_config', 'lm_config'])('finds the decoder under %s', (key) => {
    const architecture = extract({
      model_type: 'some_vlm',
      architectures: ['SomeForConditionalGeneration'],
      [key]: llama,
      vision_config: { depth: 3, hidden_size: 32, patch_size: [14, 14], image_size: 224 },
    })
    expect(architecture).toMatchObject({
      family: 'some_vlm',
      num_layers: 4,
      vision: { num_layers: 3, hidden_size: 32, patch_size: 14, image_size: 224 },
    })
    expect(architecture.field_sources?.['num_layers']).toBe(`config:config.json#${key}`)
    expect(architecture.field_sources?.['family']).toBe('config:config.json')
  })

  it('fills what a nested config leaves to its class, marked as default', () => {
    const architecture = extract({
      model_type: 'llava',
      text_config: { model_type: 'llama', vocab_size: 32064, torch_dtype: 'float16' },
    })
    expect(architecture).toMatchObject({
      num_layers: 32,
      hidden_size: 4096,
      num_kv_heads: 32,
      head_dim: 128,
      vocab_size: 32064,
    })
    expect(architecture.field_sources?.['num_layers']).toBe('default:llama class default')
  })

  it('does not fill sizes that a flat config leaves out: that file is broken', () => {
    const { hidden_size: _, ...broken } = llama
    expect(extract(broken).hidden_size).toBeUndefined()
  })

  it('finds two levels down, behind a thinker', () => {
    const architecture = extract({
      model_type: 'qwen2_5_omni',
      thinker_config: { audio_config: {}, text_config: { ...llama, model_type: 'qwen2_5_omni_text' } },
    })
    expect(architecture.field_sources?.['num_layers']).toBe('config:config.json#thinker_config.text_config')
  })

  it('describes the decoder of an encoder-decoder', () => {
    const bart = {
      model_type: 'bart',
      is_encoder_decoder: true,
      d_model: 64,
      encoder_layers: 6,
      decoder_layers: 2,
      decoder_attention_heads: 4,
      encoder_attention_heads: 8,
      decoder_ffn_dim: 99,
      num_hidden_layers: 6,
      max_position_embeddings: 100,
      vocab_size: 9,
    }
    expect(extract(bart)).toMatchObject({
      kind: 'encoder_decoder',
      num_layers: 2,
      encoder_layers: 6,
      num_attention_heads: 4,
      intermediate_size: 99,
      layer_groups: [{ count: 2, kind: 'full_attention', kv_heads: 4, key_dim: 16, value_dim: 16 }],
    })
  })

  it('gives an encoder no cache', () => {
    const architecture = extract({
      model_type: 'xlm-roberta',
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      max_position_embeddings: 514,
      vocab_size: 9,
    })
    expect(architecture).toMatchObject({ kind: 'encoder', max_position_embeddings: 514, context_length: 512 })
    expect(architecture.layer_groups).toBeUndefined()
    expect(architecture.kv_precision).toBeUndefined()
  })

  it('names a disagreement about the dtype and does not hide it', () => {
    const architecture = extract({ model_type: 'some_vlm', torch_dtype: 'float32', text_config: llama })
    expect(architecture.dtype).toBe('float32')
    expect(architecture.warnings?.join()).toMatch(/float32 .* bfloat16/)
  })

  it('takes neither of two widths of a Qwen2-VL tower', () => {
    const vision_config = { depth: 3, embed_dim: 32, hidden_size: 512, patch_size: 14 }
    expect(extract({ ...llama, model_type: 'qwen2_vl', vision_config }).vision).toEqual({
      num_layers: 3,
      patch_size: 14,
    })
  })
})

describe('files beside the config', () => {
  const encoder = {
    model_type: 'bert',
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    max_position_embeddings: 512,
    vocab_size: 9,
  }
  const beside = (json: Json, more: Partial<RawSources>): ArchitectureMetadata =>
    extractArchitecture({ config: { file: 'config.json', json }, ...more })

  it('lets the tokenizer lower an encoder, not a decoder, and the sentence config decide', () => {
    const tokenizerConfig = { file: 'tokenizer_config.json', json: { model_max_length: 256 } }
    expect(beside(encoder, { tokenizerConfig }).context_length).toBe(256)
    expect(beside(llama, { tokenizerConfig }).context_length).toBe(2048)
    expect(
      beside(encoder, { tokenizerConfig: { ...tokenizerConfig, json: { model_max_length: 1e30 } } }).context_length,
    ).toBe(512)
    const sentenceBertConfig = { file: 'sentence_bert_config.json', json: { max_seq_length: 384 } }
    expect(beside(encoder, { tokenizerConfig, sentenceBertConfig }).field_sources?.['context_length']).toBe(
      'config:sentence_bert_config.json',
    )
  })

  it('reads a separate vision config', () => {
    const visionConfig = { file: 'vision_config.json', json: { vision_config: { image_size: 448, patch_size: 14 } } }
    const architecture = beside(llama, { visionConfig })
    expect(architecture.vision).toEqual({ image_size: 448, patch_size: 14 })
    expect(architecture.field_sources?.['vision']).toBe('config:vision_config.json')
  })
})

describe('experts and next-token layers', () => {
  it('needs both counts', () => {
    expect(
      extract({ ...llama, n_routed_experts: 8, num_experts_per_tok: 2, n_shared_experts: 1, moe_intermediate_size: 64 })
        .moe,
    ).toEqual({ num_experts: 8, experts_per_token: 2, num_shared_experts: 1, moe_intermediate_size: 64 })
    const half = extract({ ...llama, num_experts: 8 })
    expect(half.moe).toBeUndefined()
    expect(half.warnings?.join()).toContain('how many experts')
    expect(extract({ ...llama, num_experts: 1, moe_topk: 1 }).moe).toBeUndefined()
  })

  it('counts next-token layers apart', () => {
    expect(extract({ ...llama, num_nextn_predict_layers: 1 })).toMatchObject({ num_layers: 4, mtp_layers: 1 })
    expect(extract({ ...llama, num_nextn_predict_layers: 0 }).mtp_layers).toBeUndefined()
  })
})

describe('configs of other things', () => {
  it('takes nothing from a diffusion pipeline', () => {
    const architecture = extract({
      _class_name: 'UNet2DConditionModel',
      _diffusers_version: '0.3',
      attention_head_dim: 8,
      hidden_size: 4,
    })
    expect(architecture.head_dim).toBeUndefined()
    expect(architecture.hidden_size).toBeUndefined()
    expect(architecture.warnings?.join()).toContain('diffusion')
  })
})

describe('unknown families', () => {
  it('fall back to the generic rules with a warning', () => {
    const architecture = extract({ ...llama, model_type: 'brand_new', architectures: ['BrandNewForCausalLM'] })
    expect(architecture).toMatchObject({ family: 'brand_new', kind: 'decoder', layer_groups: [full(4)] })
    expect(architecture.warnings?.join()).toContain('Unknown model family')
  })
})
