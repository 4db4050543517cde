import { describe, expect, it } from 'vitest'
import { detectGgufKind, isAdapterTensor, parseShardName, roleByName, shardFileName } from './detect-format'

describe('parseShardName', () => {
  it.each([
    ['m-00002-of-00005.gguf', { base: 'm', index: 2, count: 5 }],
    ['model-00001-of-00002.safetensors', { base: 'model', index: 1, count: 2 }],
    ['pytorch_model-00001-of-00002.bin', { base: 'pytorch_model', index: 1, count: 2 }],
    ['m-2-of-5.gguf', undefined],
    ['m-00002-of-00005.txt', undefined],
  ])('%s', (name, expected) => {
    expect(parseShardName(name)).toEqual(expected)
  })

  it('names the siblings', () => {
    expect(shardFileName('a-00001-of-00003.gguf', 3)).toBe('a-00003-of-00003.gguf')
  })
})

describe('roleByName', () => {
  it.each([
    ['config.json', 'config'],
    ['sub/config.json', 'config'],
    ['model.safetensors.index.json', 'index'],
    ['pytorch_model.bin.index.json', 'index'],
    ['tokenizer.json', 'tokenizer'],
    ['qwen.tiktoken', 'tokenizer'],
    ['model-00001-of-00002.safetensors', 'weights'],
    ['M.GGUF', 'weights'],
    ['pytorch_model.bin', 'weights'],
    ['training_args.bin', 'other'],
    ['optimizer.pt', 'other'],
    ['adapter_model.safetensors', 'adapter'],
    ['adapters.safetensors', 'adapter'],
    ['README.md', 'other'],
  ])('%s is %s', (path, role) => {
    expect(roleByName(path)).toBe(role)
  })
})

describe('isAdapterTensor', () => {
  it.each([
    ['base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight', true],
    ['layers.0.self_attn.q_proj.lora_a', true],
    ['model.layers.0.self_attn.q_proj.weight', false],
    ['model.layers.0.lora_attention.weight', false],
    ['model.flora_a.weight', false],
  ])('%s: %s', (name, expected) => {
    expect(isAdapterTensor(name)).toBe(expected)
  })
})

describe('detectGgufKind', () => {
  const tensor = (name: string): { name: string; dims: number[]; type: number } => ({ name, dims: [1], type: 0 })

  it.each([
    ['a model', { 'general.architecture': 'llama' }, ['blk.0.attn_q.weight'], 'model'],
    ['a model that says so', { 'general.type': 'model', 'general.architecture': 'llama' }, ['blk.0.x'], 'model'],
    ['an older projector without a type', { 'general.architecture': 'clip' }, ['v.blk.0.x'], 'projector'],
    ['a LoRA without a type', { 'general.architecture': 'llama' }, ['blk.0.attn_q.weight.lora_a'], 'adapter'],
    ['the first part of a split model', { 'general.architecture': 'llama', 'split.count': 2 }, [], 'model'],
    [
      'a type that is a name of the prototype',
      { 'general.type': 'toString', 'general.architecture': 'llama' },
      ['blk.0.x'],
      'model',
    ],
    [
      'a model with its own next-token block',
      { 'general.architecture': 'a', 'a.block_count': 2, 'a.nextn_predict_layers': 1 },
      ['blk.0.x', 'blk.1.x'],
      'model',
    ],
    [
      'only the next-token block',
      { 'general.architecture': 'a', 'a.block_count': 2, 'a.nextn_predict_layers': 1 },
      ['blk.1.x'],
      'draft',
    ],
    ['nothing', {}, [], 'other'],
  ] as const)('%s', (_, metadata, names, kind) => {
    expect(detectGgufKind({ metadata, arrayLengths: {}, tensors: names.map(tensor) })).toBe(kind)
  })
})
