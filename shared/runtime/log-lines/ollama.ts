import { type Json } from '#shared/domain/json'
import { ollamaFailureKind } from '../live/ollama-load'
import { cleanLines, strangerOf } from './clean-line'
import { readLlamaLine, stripLlamaPrefix } from './llama-cpp'
import { isHostDevice, LlamaRecord } from './llama-record'
import { type LogFindings, type LogReader, type ObservedStart } from './log-reader'
import { isSameModel } from './same-model'

/** logfmt: `key=value key="quoted value" "quoted key"=value`. */
const PAIR = /("[^"]+"|(?<![\w.])[\w.]{1,100})=("(?:[^"\\]|\\.)*"|\S+)/g
const SIZE = /^([\d.]+) (B|KiB|MiB|GiB|TiB)$/
const UNIT_MIB: Readonly<Record<string, number>> = { B: 2 ** -20, KiB: 2 ** -10, MiB: 1, GiB: 2 ** 10, TiB: 2 ** 20 }

type Fields = ReadonlyMap<string, string>

/** One load: the exact lines of llama.cpp, and Ollama's own coarse figures where there are none. */
class OllamaRecord {
  readonly llama = new LlamaRecord()
  readonly facts = new Map<string, Json>()
  readonly weights = new Map<string, number>()
  readonly cache = new Map<string, number>()
  readonly graph = new Map<string, number>()
  /** MiB, estimated before loading: stands in where no size of the cache was reported afterwards. */
  estimatedCache: number | undefined
  /** The process that holds the model was started: another one belongs to another load. */
  hasRunner = false
  isReady = false
  failure: string | undefined

  get isComplete(): boolean {
    const { weights, cache } = this
    const hasCache = cache.size > 0 || this.estimatedCache !== undefined
    return this.llama.isComplete || (weights.size > 0 && hasCache && this.facts.has('runtime_context_tokens'))
  }

  /** Whatever comes next belongs to another load. */
  get isOver(): boolean {
    return this.isReady || this.failure !== undefined
  }

  get isFailed(): boolean {
    // A try that did not fit is followed by a smaller one.
    return !this.isReady && (this.failure !== undefined || this.llama.failure !== undefined)
  }

  toStart(outcome: ObservedStart['outcome']): ObservedStart {
    const exact = this.llama.isComplete ? this.llama.toStart('started').metrics : this.#coarse()
    return { outcome, metrics: { ...Object.fromEntries(this.facts), ...exact, ...this.#failure(outcome) } }
  }

  #failure(outcome: ObservedStart['outcome']): Record<string, Json> {
    const sentence = this.failure ?? this.llama.failure?.sentence
    if (outcome === 'started' || sentence === undefined) return {}
    // The runner below says more closely what was missing.
    const { failure } = this.llama
    const kind = ollamaFailureKind(sentence)
    return { failure: sentence, failure_kind: kind === 'load_failed' && failure !== undefined ? failure.kind : kind }
  }

  /** One decimal of a GiB: marked, so that nobody takes them for exact. */
  #coarse(): Record<string, Json> {
    const total = (map: ReadonlyMap<string, number>, only: (device: string) => boolean): number =>
      Math.round([...map].filter(([device]) => only(device)).reduce((sum, [, mib]) => sum + mib, 0) * 100) / 100
    const isGpu = (device: string): boolean => !isHostDevice(device)
    const estimated = this.cache.size === 0 ? this.estimatedCache : undefined
    const found = {
      kv_mib: estimated ?? total(this.cache, () => true),
      model_buffer_mib: total(this.weights, isGpu) || total(this.weights, () => true),
      compute_mib: total(this.graph, isGpu) || total(this.graph, () => true),
    }
    const known = Object.entries(found).filter(([, value]) => value > 0)
    if (known.length === 0) return {}
    const marks = { rounded_sizes: true, ...(estimated !== undefined && { estimated_sizes: ['kv_mib'] }) }
    return { ...Object.fromEntries(known), ...marks }
  }
}

/** Reader of Ollama server logs, both engines. `wanted` picks the load of one model out of a log of several. */
export function createOllamaReader(wanted?: string): LogReader {
  return new OllamaReader(wanted)
}

class OllamaReader implements LogReader {
  readonly #wanted: string | undefined
  #record = new OllamaRecord()
  #version: string | undefined
  #gpu: Json | undefined
  #start: { readonly found: ObservedStart; readonly isWanted: boolean } | undefined
  #failure: ObservedStart | undefined
  #stranger: string | undefined

  constructor(wanted: string | undefined) {
    this.#wanted = wanted
  }

  add(raw: string): void {
    for (const line of cleanLines(raw)) this.#addLine(line, false)
  }

  addLast(raw: string): void {
    const lines = cleanLines(raw)
    for (const [at, line] of lines.entries()) this.#addLine(line, at === lines.length - 1)
  }

  get isSettled(): boolean {
    return (this.#record.isReady && this.#record.isComplete) || this.#record.failure !== undefined
  }

  #addLine(line: string, isLast: boolean): void {
    this.#stranger ??= strangerOf(line)
    // A runner's line without its newline may stand before the server's own.
    const at = line.search(/\btime=\d{4}-\S{1,40} level=/)
    if (at >= 0) this.#addLogfmt(fieldsOf(line.slice(at), isLast))
    else {
      if (this.#record.isOver && /llama_model_loader: loaded meta data with/.test(line)) this.#begin()
      readLlamaLine(this.#record.llama, stripLlamaPrefix(line), isLast)
    }
  }

  #begin(): void {
    this.#close()
    this.#record = new OllamaRecord()
  }

  findings(): LogFindings {
    this.#close()
    return {
      ...(this.#start !== undefined && { start: this.#start.found, isWanted: this.#start.isWanted }),
      ...(this.#failure !== undefined && { failure: this.#failure }),
      ...(this.#stranger !== undefined && this.#start === undefined && { stranger: this.#stranger }),
    }
  }

  #addLogfmt(fields: Fields): void {
    const message = fields.get('msg') ?? ''
    const version = /Listening on .*\(version ([^)]+)\)/.exec(message)?.[1]
    if (version !== undefined) {
      this.#version = version
      this.#gpu = undefined
    }
    // The first card of the list is the one with index 0.
    if (message === 'inference compute') this.#gpu ??= gpuOf(fields)
    if (isNewLoad(message, fields, this.#record)) this.#begin()
    readMessage(this.#record, message, fields)
  }

  #close(): void {
    const record = this.#record
    if (this.#version !== undefined) record.facts.set('engine_version', this.#version)
    if (this.#gpu !== undefined) record.facts.set('gpu_memory_gib', this.#gpu)
    if (record.isComplete && !record.isFailed) {
      const isWanted = isSameModel(record.llama.name, this.#wanted)
      // The model that was asked for, else the last one.
      if (this.#start?.isWanted !== true || isWanted) this.#start = { found: record.toStart('started'), isWanted }
      this.#failure = undefined
    } else if (record.isFailed) this.#failure = record.toStart('failed')
  }
}

/** Discovery runs of the runner (without a model) are no loads; an estimate of a running load is none either. */
function isNewLoad(message: string, fields: Fields, record: OllamaRecord): boolean {
  if (isRunnerStart(message, fields)) return record.hasRunner
  if (OFFLOAD.test(message)) return record.isOver
  return message === 'using llama-server for model' || /^(?:new model will fit|loading first model)/.test(message)
}

const OFFLOAD = /^offload(?: to \w+)?$/

function isRunnerStart(message: string, fields: Fields): boolean {
  const isStart = message === 'starting runner' || message === 'starting llama server'
  return isStart && /\s--?model[\s=]/.test(` ${fields.get('cmd') ?? ''} `)
}

function readMessage(record: OllamaRecord, message: string, fields: Fields): void {
  if (isRunnerStart(message, fields)) readCommand(record, fields.get('cmd') ?? '')
  readSize(record, message, fields)
  if (message === 'load') readRequest(record, fields.get('request') ?? '')
  if (OFFLOAD.test(message)) readOffload(record, fields)
  const layers = /^offloaded (\d+)\/(\d+) layers to GPU/.exec(message)
  if (layers !== null) {
    record.facts.set('offloaded_layers', Number(layers[1]))
    record.facts.set('total_layers', Number(layers[2]))
  }
  const started = /^llama runner started in ([\d.]+) seconds/.exec(message)
  if (started !== null) {
    record.isReady = true
    record.facts.set('load_seconds', Number(started[1]))
  }
  if (!record.isReady) readRefusal(record, message, fields)
}

/** `msg="model weights" device=CUDA0 size="5.5 GiB"`; the key of the device was `buffer` and `buffer_type` before. */
function readSize(record: OllamaRecord, message: string, fields: Fields): void {
  const kinds = { 'model weights': record.weights, 'kv cache': record.cache, 'compute graph': record.graph }
  const map = Object.hasOwn(kinds, message) ? kinds[message as keyof typeof kinds] : undefined // one of these keys
  const size = mib(fields.get('size'))
  const device = fields.get('device') ?? fields.get('buffer_type') ?? fields.get('buffer') ?? ''
  if (map !== undefined && size !== undefined && (map.has(device) || map.size < 256)) map.set(device, size)
}

/** `--ctx-size` of the runner is over all slots. */
function readCommand(record: OllamaRecord, command: string): void {
  record.hasRunner = true
  const value = (flag: string): number => Number(new RegExp(`\\s--?${flag}[ =](\\d+)(?=\\s|$)`).exec(command)?.[1])
  const [context, slots] = [value('ctx-size'), value('parallel')]
  if (context > 0) record.facts.set('runtime_context_tokens', context)
  if (slots > 0) record.facts.set('runtime_max_batch_size', slots)
}

const REFUSAL =
  /error (?:loading|starting)|load failed|runner process (?:has terminated|no longer running)|NewLlamaServer failed|model request too large/i

function readRefusal(record: OllamaRecord, message: string, fields: Fields): void {
  if (!REFUSAL.test(message)) return
  const detail = fields.get('error') ?? fields.get('err')
  const sentence = (detail === undefined ? message : `${message}: ${detail}`).slice(0, 1000)
  // "model request too large for system" comes first and without the reason.
  if (record.failure === undefined || (detail !== undefined && !record.failure.includes(': ')))
    record.failure = sentence
}

/** `{Operation:commit ... Parallel:1 ... KvSize:32768 KvCacheType:q8_0 ...}`: fit and alloc are only tries. */
function readRequest(record: OllamaRecord, request: string): void {
  // Every try reports its sizes anew; only the last one is loaded.
  for (const map of [record.weights, record.cache, record.graph]) map.clear()
  if (!/\b(?:Operation:commit|Commit:true)\b/.test(request)) return
  const value = (key: string): string | undefined => new RegExp(`\\b${key}:(\\w+)`).exec(request)?.[1]
  const context = Number(value('KvSize') ?? Number.NaN)
  const slots = Number(value('Parallel') ?? Number.NaN)
  if (context > 0) record.facts.set('runtime_context_tokens', context)
  if (slots > 0) record.facts.set('runtime_max_batch_size', slots)
  const type = value('KvCacheType')
  if (type !== undefined && type !== 'NumThreads') record.facts.set('kv_cache_dtype', type)
}

/** The estimate that older releases print before loading; used only where nothing is reported afterwards. */
function readOffload(record: OllamaRecord, fields: Fields): void {
  const cache = mib(fields.get('memory.required.kv'))
  if (cache !== undefined && cache > 0) record.estimatedCache = cache
  const vision = mib(fields.get('projector.weights'))
  if (vision !== undefined && vision > 0) record.facts.set('vision_gib', Math.round((vision / 1024) * 1e4) / 1e4)
}

function gpuOf(fields: Fields): Json | undefined {
  const total = mib(fields.get('total'))
  const name = fields.get('description') ?? fields.get('name')
  if (total === undefined || total === 0 || fields.get('library') === 'cpu') return undefined
  const gib = Math.round((total / 1024) * 100) / 100
  return { index: 0, ...(name !== undefined && { name: name.slice(0, 200) }), total: gib }
}

/** The last value of a line that may be cut is taken only when a quote closes it. */
function fieldsOf(line: string, isLast: boolean): Fields {
  const fields = new Map<string, string>()
  for (const match of line.matchAll(PAIR)) {
    const isCut = isLast && match.index + match[0].length === line.length && !/^".*"$/.test(match[2] ?? '')
    if (isCut) break
    const unquote = (text: string): string => (text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text)
    fields.set(unquote(match[1] ?? ''), unquote(match[2] ?? ''))
  }
  return fields
}

function mib(text: string | undefined): number | undefined {
  const match = SIZE.exec(text ?? '')
  if (match === null) return undefined
  const value = Number(match[1]) * (UNIT_MIB[match[2] ?? ''] ?? Number.NaN)
  return Number.isFinite(value) ? value : undefined
}
