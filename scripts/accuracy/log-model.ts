import { ggmlTensorBytes } from '#shared/architecture/ggml-types'
import { type GgufTensor, type GgufValue } from '#shared/architecture/raw'
import { summariseTensors } from '#shared/architecture/tensor-summary'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type TensorSummary } from '#shared/domain/tensors'
import { architectureOfKeys } from './llama-oracle'

/** The model of a llama.cpp log: its GGUF keys are dumped at load, its tensors only counted by type. */
export interface LogModel {
  readonly architecture: ArchitectureMetadata
  readonly tensors: TensorSummary
  /** The counts by type of the log agree with the tensor list made here; false: the log does not count them. */
  readonly isCounted: boolean
}

const KEY = /- kv +\d+: +(\S+) (\S+) += (.*)$/
const ARRAY = /^arr\[\w+,(\d+)\]$/
const COUNT = /- type +(\w+): +(\d+) tensors/
const VOCABULARY = /print_info: n_vocab += (\d+)/

interface Dump {
  readonly keys: Record<string, GgufValue>
  readonly arrayLengths: Record<string, number>
  readonly counts: Map<string, number>
}

/** The last dump of a log; a server may load several models. */
function lastDump(lines: readonly string[]): Dump {
  let dump: Dump = { keys: {}, arrayLengths: {}, counts: new Map() }
  for (const line of lines) {
    const [, name, type = '', text = ''] = KEY.exec(line) ?? []
    if (name === 'general.architecture') dump = { keys: {}, arrayLengths: {}, counts: new Map() }
    if (name !== undefined) addKey(dump, { name, type, text: text.trim() })
    const [, kind, count] = COUNT.exec(line) ?? []
    if (kind !== undefined) dump.counts.set(kind.toUpperCase(), Number(count))
    const vocabulary = VOCABULARY.exec(line)?.[1]
    if (vocabulary !== undefined) dump.arrayLengths['tokenizer.ggml.tokens'] = Number(vocabulary)
  }
  return dump
}

function addKey(
  dump: Dump,
  { name, type, text }: { readonly name: string; readonly type: string; readonly text: string },
): void {
  const length = ARRAY.exec(type)?.[1]
  if (length !== undefined) dump.arrayLengths[name] = Number(length)
  else if (type === 'str') dump.keys[name] = text
  else if (type === 'bool') dump.keys[name] = text === 'true'
  else if (Number.isFinite(Number(text))) dump.keys[name] = Number(text)
}

/** Tensors of one block beside the seven matrices, F32 vectors of these widths. */
const VECTORS: Readonly<Record<string, readonly ('hidden' | 'query' | 'kv' | 'head')[]>> = {
  llama: ['hidden', 'hidden'],
  qwen2: ['hidden', 'hidden', 'query', 'kv', 'kv'],
  qwen3: ['hidden', 'hidden', 'head', 'head'],
}
const TYPE_IDS: Readonly<Record<string, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8, Q4_K: 12, Q6_K: 14, BF16: 30 }
/** `general.file_type` of files whose matrices all have one type, embedding and output included. */
const PLAIN_FILE_TYPES: Readonly<Record<number, number>> = { 0: 0, 1: 1, 7: 8, 32: 30 }
const Q4_K_M = 15

/** llama.cpp `use_more_bits`: the layers whose values and down-projections get the better type. */
function hasMoreBits(index: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8)
  return index < eighth || index >= Math.floor((7 * layers) / 8) || (index - eighth) % 3 === 2
}

/**
 * Architecture and tensor list of the last model of a log, or why they cannot be had. The list follows from the file type
 * by the rules of llama.cpp's own quantiser (`llama_tensor_get_type`) and must agree with the counts that the log prints.
 */
export function modelOfLog(lines: readonly string[]): LogModel | string {
  const dump = lastDump(lines)
  const shape = shapeOf(dump, lines)
  if (typeof shape === 'string') return shape
  for (const isTied of [true, false]) {
    const tensors = tensorList({ ...shape, isTied })
    if (tensors === undefined) return `the quantiser's rule for file type ${shape.fileType} is not written down here`
    const isCounted = dump.counts.size > 0
    if (isCounted ? !agrees(tensors, dump.counts) : isTied) continue
    const summary = summaryOf(dump, tensors)
    const vocabulary = { [`${shape.name}.vocab_size`]: shape.vocabulary }
    const { arrayLengths } = dump
    const architecture = architectureOfKeys({ ...dump.keys, ...vocabulary }, { tensors, arrayLengths })
    if (summary !== undefined) return { architecture, tensors: summary, isCounted }
  }
  return 'the counts by type do not agree with the rule of the file type: another quantiser made the file'
}

function summaryOf({ keys, arrayLengths }: Dump, tensors: readonly GgufTensor[]): TensorSummary | undefined {
  const empty = { file: '', files: [''], version: 3, byteOrder: 'little', unknownTypes: [], warnings: [] } as const
  return summariseTensors({ ...empty, metadata: keys, arrayLengths, tensors })
}

/** Widths of the tensors, or which of them cannot be had. */
function shapeOf(
  { keys, arrayLengths }: Dump,
  lines: readonly string[],
): (Omit<ListInput, 'isTied'> & { readonly name: string }) | string {
  const name = keys['general.architecture']
  if (typeof name !== 'string') return 'the log dumps no GGUF keys'
  const number = (key: string): number | undefined => {
    const value = keys[`${name}.${key}`]
    return typeof value === 'number' ? value : undefined
  }
  const vectors = VECTORS[name]
  if (vectors === undefined || number('expert_count') !== undefined) return `no tensor list is known for ${name}`
  const [layers, hidden, width] = ['block_count', 'embedding_length', 'feed_forward_length'].map(number)
  const heads = number('attention.head_count')
  const isWhole = layers !== undefined && hidden !== undefined && width !== undefined && heads !== undefined
  if (!isWhole) return 'keys of the model are cut off'
  const vocabulary = arrayLengths['tokenizer.ggml.tokens'] ?? vocabularyOf(lines, { hidden })
  if (vocabulary === undefined) return 'the size of the vocabulary is cut off'
  const head = number('attention.key_length') ?? hidden / heads
  const widths = { hidden, query: heads * head, kv: (number('attention.head_count_kv') ?? heads) * head, head }
  return { name, fileType: Number(keys['general.file_type']), layers, widths, width, vocabulary, vectors }
}

/** A cut log may still show the embedding alone in system memory: its bytes give the vocabulary (Q4_K rows). */
function vocabularyOf(lines: readonly string[], { hidden }: { readonly hidden: number }): number | undefined {
  const text = lines
    .map((line) => /CPU(?:_Mapped)? model buffer size = +([\d.]+) MiB/.exec(line)?.[1])
    .findLast(Boolean)
  const isWhole = lines.some((line) => /offloaded (\d+)\/\1 layers/.test(line))
  const row = ggmlTensorBytes(12, [hidden])
  if (text === undefined || !isWhole || row === undefined) return undefined
  return Math.round((Number(text) * 2 ** 20) / row)
}

interface ListInput {
  readonly fileType: number
  readonly layers: number
  readonly widths: Readonly<Record<'hidden' | 'query' | 'kv' | 'head', number>>
  readonly width: number
  readonly vocabulary: number
  readonly vectors: readonly ('hidden' | 'query' | 'kv' | 'head')[]
  readonly isTied: boolean
}

function tensorList(input: ListInput): readonly GgufTensor[] | undefined {
  const { fileType, layers, widths, width, vocabulary, vectors, isTied } = input
  const plain = PLAIN_FILE_TYPES[fileType]
  if (plain === undefined && fileType !== Q4_K_M) return undefined
  const [usual, better] = plain === undefined ? [12, 14] : [plain, plain]
  const { hidden, query, kv } = widths
  const list: GgufTensor[] = []
  const add = (name: string, dims: readonly number[], type: number): void => {
    const bytes = ggmlTensorBytes(type, dims)
    list.push({ name, dims, type, ...(bytes === undefined ? {} : { bytes }) })
  }
  add('token_embd.weight', [hidden, vocabulary], isTied ? better : usual)
  if (!isTied) add('output.weight', [hidden, vocabulary], better)
  add('output_norm.weight', [hidden], 0)
  for (let index = 0; index < layers; index += 1) {
    const more = hasMoreBits(index, layers) ? better : usual
    const matrices: readonly (readonly [string, readonly number[], number])[] = [
      ['attn_q', [hidden, query], usual],
      ['attn_k', [hidden, kv], usual],
      ['attn_v', [hidden, kv], more],
      ['attn_output', [query, hidden], usual],
      ['ffn_gate', [hidden, width], usual],
      ['ffn_up', [hidden, width], usual],
      ['ffn_down', [width, hidden], more],
    ]
    for (const [name, dims, type] of matrices) add(`blk.${index}.${name}.weight`, dims, type)
    for (const [at, vector] of vectors.entries()) add(`blk.${index}.vector${at}`, [widths[vector]], 0)
  }
  return list
}

function agrees(tensors: readonly GgufTensor[], counts: ReadonlyMap<string, number>): boolean {
  return [...counts].every(([name, count]) => {
    const id = TYPE_IDS[name]
    const own = tensors.filter((tensor) => tensor.type === id).length
    // Some llama files carry one table of rotary factors.
    return own === count || (id === 0 && own + 1 === count)
  })
}
