import { type BuilderTensor, type BuilderValue, buildGgufHeader, f32, list, text, u32 } from './gguf-builder'

/** Headers shaped like real releases (sizes of vocabulary, merges, tensor counts); the data is left sparse. */
export interface HeaderShape {
  readonly name: string
  readonly architecture: string
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly hidden: number
  readonly feedForward: number
  readonly context: number
  readonly vocabulary: number
  readonly merges: number
  readonly hasScores: boolean
  readonly hasOutput: boolean
  /** Tensors of a block besides the nine that every one of these has. */
  readonly extraBlockTensors: readonly string[]
}

const Q4_K = 12
/** `general.file_type` of the mix that most people take. */
const Q4_K_M = 15
const F32 = 0

export const headerShapes: readonly HeaderShape[] = [
  {
    name: 'llama3-8b',
    architecture: 'llama',
    layers: 32,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    hidden: 4096,
    feedForward: 14336,
    context: 8192,
    vocabulary: 128_256,
    merges: 280_147,
    hasScores: false,
    hasOutput: true,
    extraBlockTensors: [],
  },
  {
    name: 'llama3-405b',
    architecture: 'llama',
    layers: 126,
    heads: 128,
    kvHeads: 8,
    headDim: 128,
    hidden: 16384,
    feedForward: 53248,
    context: 131_072,
    vocabulary: 128_256,
    merges: 280_147,
    hasScores: false,
    hasOutput: true,
    extraBlockTensors: [],
  },
  {
    name: 'qwen3-32b',
    architecture: 'qwen3',
    layers: 64,
    heads: 64,
    kvHeads: 8,
    headDim: 128,
    hidden: 5120,
    feedForward: 25600,
    context: 40_960,
    vocabulary: 151_936,
    merges: 151_387,
    hasScores: true,
    hasOutput: true,
    extraBlockTensors: ['attn_q_norm', 'attn_k_norm'],
  },
  {
    name: 'gemma3-27b',
    architecture: 'gemma3',
    layers: 62,
    heads: 32,
    kvHeads: 16,
    headDim: 128,
    hidden: 5376,
    feedForward: 21504,
    context: 131_072,
    vocabulary: 262_144,
    merges: 0,
    hasScores: true,
    hasOutput: false,
    extraBlockTensors: ['attn_q_norm', 'attn_k_norm', 'post_attention_norm', 'post_ffw_norm'],
  },
]

/**
 * Header bytes and the size of the file with its (sparse) data. `fileType`: that of another variant of the same model,
 * whose vocabulary is the same to the byte.
 */
export function buildHeaderShape(
  shape: HeaderShape,
  fileType = Q4_K_M,
): { readonly header: Uint8Array; readonly fileBytes: number } {
  const metadata = shapeMetadata(shape, fileType)
  const { header, dataBytes } = buildGgufHeader({ metadata, tensors: shapeTensors(shape) })
  return { header, fileBytes: header.length + dataBytes }
}

function shapeMetadata(shape: HeaderShape, fileType: number): (readonly [string, BuilderValue])[] {
  const key = (name: string): string => `${shape.architecture}.${name}`
  const metadata: (readonly [string, BuilderValue])[] = [
    ['general.architecture', text(shape.architecture)],
    ['general.name', text(shape.name)],
    ['general.file_type', u32(fileType)],
    [key('block_count'), u32(shape.layers)],
    [key('context_length'), u32(shape.context)],
    [key('embedding_length'), u32(shape.hidden)],
    [key('feed_forward_length'), u32(shape.feedForward)],
    [key('attention.head_count'), u32(shape.heads)],
    [key('attention.head_count_kv'), u32(shape.kvHeads)],
    [key('attention.key_length'), u32(shape.headDim)],
    [key('attention.value_length'), u32(shape.headDim)],
    [key('rope.freq_base'), f32(500_000)],
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.tokens', list('string', wordList(shape.vocabulary))],
  ]
  if (shape.hasScores) metadata.push(['tokenizer.ggml.scores', list('f32', zeros(shape.vocabulary))])
  metadata.push(['tokenizer.ggml.token_type', list('i32', zeros(shape.vocabulary))])
  if (shape.merges > 0) metadata.push(['tokenizer.ggml.merges', list('string', wordList(shape.merges))])
  metadata.push(['tokenizer.chat_template', text('{% for m in messages %}{{ m }}{% endfor %}'.repeat(60))])
  return metadata
}

function shapeTensors(shape: HeaderShape): BuilderTensor[] {
  const { hidden, feedForward, heads, kvHeads, headDim, vocabulary } = shape
  const tensors: BuilderTensor[] = [quantised('token_embd.weight', [hidden, vocabulary])]
  for (let index = 0; index < shape.layers; index++) {
    const block = (name: string): string => `blk.${index}.${name}.weight`
    tensors.push(
      norm(block('attn_norm'), hidden),
      quantised(block('attn_q'), [hidden, heads * headDim]),
      quantised(block('attn_k'), [hidden, kvHeads * headDim]),
      quantised(block('attn_v'), [hidden, kvHeads * headDim]),
      quantised(block('attn_output'), [heads * headDim, hidden]),
      norm(block('ffn_norm'), hidden),
      quantised(block('ffn_gate'), [hidden, feedForward]),
      quantised(block('ffn_up'), [hidden, feedForward]),
      quantised(block('ffn_down'), [feedForward, hidden]),
      ...shape.extraBlockTensors.map((name) => norm(block(name), name.endsWith('_norm') ? headDim : hidden)),
    )
  }
  tensors.push(norm('output_norm.weight', hidden))
  if (shape.hasOutput) tensors.push(quantised('output.weight', [hidden, vocabulary]))
  return tensors
}

/** Q4_K stores 256 elements in 144 bytes. */
function quantised(name: string, dims: readonly [number, number]): BuilderTensor {
  return { name, dims, type: Q4_K, bytes: ((dims[0] * dims[1]) / 256) * 144 }
}

function norm(name: string, elements: number): BuilderTensor {
  return { name, dims: [elements], type: F32, bytes: elements * 4 }
}

/** Words of 3 to 14 letters, 8.5 on average: about as long as those of real vocabularies and merge lists. */
function* wordList(count: number): Generator<string> {
  for (let index = 0; index < count; index++) {
    yield index.toString(36).padStart(3 + ((index * 7) % 12), 'e')
  }
}

function* zeros(count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield 0
}
