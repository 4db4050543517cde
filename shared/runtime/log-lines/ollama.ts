import { type Json } from '#shared/domain/json'
import { cleanLines, strangerOf } from './clean-line'
import { readLlamaLine, stripLlamaPrefix } from './llama-cpp'
import { isHostDevice, LlamaRecord } from './llama-record'
import { type LogFindings, type LogReader, type ObservedStart } from './log-reader'

/** logfmt: `key=value key="quoted value" "quoted key"=value`. */
const PAIR = /("[^"]+"|[\w.]+)=("(?:[^"\\]|\\.)*"|\S+)/g
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
  hasBegun = false
  isReady = false
  failure: string | undefined

  get isComplete(): boolean {
    const hasCoarse = this.weights.size > 0 && this.cache.size > 0 && this.facts.has('runtime_context_tokens')
    return this.llama.isComplete || hasCoarse
  }

  toStart(outcome: ObservedStart['outcome']): ObservedStart {
    const exact = this.llama.isComplete ? this.llama.toStart(outcome).metrics : this.#coarse()
    const failure = this.failure ?? this.llama.failure?.sentence
    return {
      outcome,
      metrics: {
        ...Object.fromEntries(this.facts),
        ...exact,
        ...(outcome === 'failed' && failure !== undefined && { failure }),
      },
    }
  }

  /** One decimal of a GiB: marked, so that nobody takes them for exact. */
  #coarse(): Record<string, Json> {
    const total = (map: ReadonlyMap<string, number>, only: (device: string) => boolean): number =>
      Math.round([...map].filter(([device]) => only(device)).reduce((sum, [, mib]) => sum + mib, 0) * 100) / 100
    const isGpu = (device: string): boolean => !isHostDevice(device)
    const found = {
      kv_mib: total(this.cache, () => true),
      model_buffer_mib: total(this.weights, isGpu) || total(this.weights, () => true),
      compute_mib: total(this.graph, isGpu) || total(this.graph, () => true),
    }
    const known = Object.entries(found).filter(([, value]) => value > 0)
    return known.length === 0 ? {} : { ...Object.fromEntries(known), rounded_sizes: true }
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
    for (const line of cleanLines(raw)) {
      this.#stranger ??= strangerOf(line)
      if (/^time=\S+ level=/.test(line)) this.#addLogfmt(fieldsOf(line))
      else readLlamaLine(this.#record.llama, stripLlamaPrefix(line))
    }
  }

  get isSettled(): boolean {
    return (this.#record.isReady && this.#record.isComplete) || this.#record.failure !== undefined
  }

  findings(): LogFindings {
    this.#close()
    return {
      ...(this.#start !== undefined && { start: this.#start.found }),
      ...(this.#failure !== undefined && { failure: this.#failure }),
      ...(this.#stranger !== undefined && this.#start === undefined && { stranger: this.#stranger }),
    }
  }

  #addLogfmt(fields: Fields): void {
    const message = fields.get('msg') ?? ''
    this.#version = /Listening on .*\(version ([^)]+)\)/.exec(message)?.[1] ?? this.#version
    if (message === 'inference compute') this.#gpu = gpuOf(fields) ?? this.#gpu
    if (isNewLoad(message, fields, this.#record.hasBegun)) {
      this.#close()
      this.#record = new OllamaRecord()
      this.#record.hasBegun = true
    }
    readMessage(this.#record, message, fields)
  }

  #close(): void {
    const record = this.#record
    if (this.#version !== undefined) record.facts.set('engine_version', this.#version)
    if (this.#gpu !== undefined) record.facts.set('gpu_memory_gib', this.#gpu)
    const isFailed = record.failure !== undefined || record.llama.failure !== undefined
    if (record.isComplete && !isFailed) {
      const isWanted = isSameModel(record.llama.name, this.#wanted)
      // The model that was asked for, else the last one.
      if (this.#start?.isWanted !== true || isWanted) this.#start = { found: record.toStart('started'), isWanted }
      this.#failure = undefined
    } else if (isFailed && !record.isReady) this.#failure = record.toStart('failed')
  }
}

/** Discovery runs of the runner (without a model) are no loads; an estimate of a running load is none either. */
function isNewLoad(message: string, fields: Fields, hasBegun: boolean): boolean {
  if (message === 'starting runner') return / --model /.test(` ${fields.get('cmd') ?? ''} `) && hasBegun
  if (message === 'using llama-server for model') return true
  return /^(?:new model will fit|loading first model)/.test(message)
}

function readMessage(record: OllamaRecord, message: string, fields: Fields): void {
  const device = fields.get('device') ?? ''
  const size = mib(fields.get('size'))
  if (message === 'starting runner' && / --model /.test(` ${fields.get('cmd') ?? ''} `)) record.hasBegun = true
  if (size !== undefined) {
    if (message === 'model weights') record.weights.set(device, size)
    if (message === 'kv cache') record.cache.set(device, size)
    if (message === 'compute graph') record.graph.set(device, size)
  }
  if (message === 'load') readRequest(record, fields.get('request') ?? '')
  if (message === 'offload') readOffload(record, fields)
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
  const isRefusal = /error loading|load failed|llama runner process has terminated|Load failed/i.test(message)
  if (isRefusal && !record.isReady) {
    const detail = fields.get('error') ?? fields.get('err')
    record.failure ??= (detail === undefined ? message : `${message}: ${detail}`).slice(0, 1000)
  }
}

/** `{Operation:commit ... Parallel:1 ... KvSize:32768 KvCacheType:q8_0 ...}`: fit and alloc are only tries. */
function readRequest(record: OllamaRecord, request: string): void {
  if (!request.includes('Operation:commit')) return
  const value = (key: string): string | undefined => new RegExp(`\\b${key}:(\\w+)`).exec(request)?.[1]
  const context = Number(value('KvSize') ?? Number.NaN)
  const slots = Number(value('Parallel') ?? Number.NaN)
  if (context > 0) record.facts.set('runtime_context_tokens', context)
  if (slots > 0) record.facts.set('runtime_max_batch_size', slots)
  const type = value('KvCacheType')
  if (type !== undefined && type !== 'NumThreads') record.facts.set('kv_cache_dtype', type)
}

/** The estimate that older releases print before loading; used only when nothing exact follows. */
function readOffload(record: OllamaRecord, fields: Fields): void {
  const put = (map: Map<string, number>, key: string): void => {
    const size = mib(fields.get(key))
    if (size !== undefined && size > 0) map.set('GPU', size)
  }
  put(record.weights, 'memory.weights.total')
  put(record.cache, 'memory.required.kv')
  put(record.graph, 'memory.graph.full')
  const vision = mib(fields.get('projector.weights'))
  if (vision !== undefined && vision > 0) record.facts.set('vision_gib', Math.round((vision / 1024) * 1e4) / 1e4)
}

function gpuOf(fields: Fields): Json | undefined {
  const total = mib(fields.get('total'))
  const name = fields.get('description') ?? fields.get('name')
  if (total === undefined || total === 0) return undefined
  const gib = Math.round((total / 1024) * 100) / 100
  return { index: 0, ...(name !== undefined && { name: name.slice(0, 200) }), total: gib }
}

function fieldsOf(line: string): Fields {
  const fields = new Map<string, string>()
  for (const match of line.matchAll(PAIR)) {
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

/** `general.name` and `general.basename` of the file against the name that the user gave. */
function isSameModel(name: string | undefined, wanted: string | undefined): boolean {
  if (name === undefined || wanted === undefined) return false
  const words = (text: string): readonly string[] =>
    text
      .toLowerCase()
      .split(/[^a-z0-9.]+/)
      .filter((word) => word !== '')
  const own = new Set(words(name))
  const asked = words(wanted).filter((word) => own.has(word))
  // The family and at least one more word (size, variant).
  return asked.length >= 2
}
