import { expect, it } from 'vitest'
import { extractArchitecture } from './extract-architecture'
import { type GgufFacts, type RawSources } from './raw'

/** Words of a file that are keys of every object: our tables must not answer them. */
const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']

function config(word: string): RawSources {
  const json = {
    model_type: word,
    architectures: ['LlamaForCausalLM'],
    torch_dtype: word,
    hidden_size: 512,
    num_hidden_layers: 4,
    num_attention_heads: 8,
    max_position_embeddings: 2048,
    sliding_window: 64,
    use_sliding_window: true,
    quantization_config: { quant_method: word },
  }
  return { config: { file: 'config.json', json } }
}

function gguf(word: string): RawSources {
  const metadata: GgufFacts['metadata'] = Object.assign(Object.create(null), {
    'general.architecture': word,
    [`${word}.block_count`]: 4,
    [`${word}.embedding_length`]: 512,
    [`${word}.attention.head_count`]: 8,
    [`${word}.attention.head_count_kv`]: 2,
    [`${word}.attention.sliding_window`]: 64,
    [`${word}.attention.sliding_window_pattern`]: [true, false, true, false],
  })
  const facts = { file: 'm.gguf', files: ['m.gguf'], version: 3, byteOrder: 'little', arrayLengths: {} } as const
  return { gguf: { ...facts, metadata, tensors: [], unknownTypes: [], warnings: [] } }
}

function read(sources: RawSources, word: string): string {
  return JSON.stringify(extractArchitecture(sources)).toLowerCase().replaceAll(word.toLowerCase(), 'nobody')
}

it.each(names)('a config that says "%s" everywhere is read like one with any other unknown word', (name) => {
  expect(read(config(name), name)).toBe(read(config('nobody'), 'nobody'))
})

it.each(names)('so is a GGUF of the architecture "%s"', (name) => {
  expect(read(gguf(name), name)).toBe(read(gguf('nobody'), 'nobody'))
})
