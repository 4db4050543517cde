import { readNumber } from './clean-line'
import { type VllmRecord } from './vllm-record'

const NUM = String.raw`(-?\d[\d,]*(?:\.\d+)?)`
/** After a number that nothing closes: a line that was cut off goes on with whatever was printed next. */
const END = String.raw`(?![\d(A-Za-z\[])`
/** A pattern in which `NUM` stands for a number and `{END}` for what may not follow it. */
export const re = (source: string): RegExp => new RegExp(source.replaceAll('NUM', NUM).replaceAll('{END}', END))

/** Keeps a number as a fact; what is none is passed over. */
export function set(record: VllmRecord, key: string, text: string | undefined): void {
  const value = readNumber(text)
  if (value !== undefined) record.facts.set(key, value)
}

/** A job of that many ranks has no single log; a flood of invented ones is not a machine. */
const MOST_RANKS = 4096

/** Keeps the number of one rank, for as many ranks as there can be. */
export function put(map: Map<string, number>, rank: string, text: string | undefined): void {
  const value = readNumber(text)
  if (value !== undefined && (map.has(rank) || map.size < MOST_RANKS)) map.set(rank, value)
}

/** 31 before 30 and 32, these before what was asked for. */
export function setKvType(record: VllmRecord, certainty: number, text: string | undefined): void {
  const value = word(text)
  if (value === undefined || certainty < record.kvTypeRank) return
  record.kvTypeRank = certainty
  record.facts.set('kv_cache_dtype', value)
}

/** Words that the engine prints for "not set". */
function word(text: string | undefined): string | undefined {
  const value = text
    ?.trim()
    .replace(/^torch\./, '')
    .replace(/^['"]|['"]$/g, '')
  return value === undefined || value === '' || value === 'None' ? undefined : value
}

/** 3: `max_seq_len=8192, ... tensor_parallel_size=2, ...`; the requested cache type is not the resolved one. */
export function applyConfig(record: VllmRecord, config: string): void {
  const value = (key: string): string | undefined => word(new RegExp(String.raw`\b${key}=([^,]+)`).exec(config)?.[1])
  record.configuredModel = /\bmodel='([^']{1,300})'/.exec(config)?.[1]
  set(record, 'runtime_context_tokens', value('max_seq_len'))
  set(record, 'configured_tensor_parallel_size', value('tensor_parallel_size'))
  set(record, 'configured_pipeline_parallel_size', value('pipeline_parallel_size'))
  setText(record, 'dtype', value('dtype'))
  setText(record, 'quantization', value('quantization'))
  const asked = value('kv_cache_dtype')
  setText(record, 'configured_kv_cache_dtype', asked)
  if (asked !== undefined && asked !== 'auto') setKvType(record, 1, asked)
}

/** `Namespace(host=None, max_model_len=4096, ...)`: figures of flags, and nothing that could be a secret. */
export function applyNamespace(record: VllmRecord, text: string): void {
  const value = (key: string): string | undefined => word(new RegExp(String.raw`\b${key}=([^,()]+)`).exec(text)?.[1])
  record.hasArguments = true
  set(record, 'configured_max_model_len', value('max_model_len'))
  set(record, 'configured_max_num_seqs', value('max_num_seqs'))
  set(record, 'configured_gpu_memory_utilization', value('gpu_memory_utilization'))
  set(record, 'kv_block_size', value('block_size'))
}

/** Keeps a word as a fact, unless it stands for "not set". */
export function setText(record: VllmRecord, key: string, text: string | undefined): void {
  const value = word(text)
  if (value !== undefined) record.facts.set(key, value)
}

/** Memory of the card in GiB, as printed. */
export function setTotal(record: VllmRecord, text: string | undefined): void {
  const total = readNumber(text)
  if (total !== undefined) record.facts.set('gpu_memory_gib', { index: 0, total })
}

/** Adds a number to a list of bounded length. */
export function pushNumber(list: number[], text: string | undefined): void {
  const value = readNumber(text)
  // A server that runs for months prints the line again and again; the smallest is all that counts.
  if (value !== undefined && list.length < 10_000) list.push(value)
}

/** Four decimals: finer than any log prints GiB. */
export function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
