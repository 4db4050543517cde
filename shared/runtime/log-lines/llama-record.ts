import { type Json } from '#shared/domain/json'
import { type ObservedStart } from './log-reader'

/** One llama.cpp context: cache and compute buffers by device, MiB. A second one is a draft model. */
export interface LlamaContext {
  readonly facts: Map<string, Json>
  readonly cache: Map<string, number>
  readonly state: Map<string, number>
  readonly compute: Map<string, number>
  /** Total of "KV self size" or of the summary lines, which repeat what the device lines say. */
  readonly summary: Map<string, number>
  /** The same for recurrent state. */
  readonly stateSummary: Map<string, number>
}

/** Stands for a figure that no device is named for. */
export const ALL_DEVICES = 'all'

export interface LlamaFailure {
  readonly sentence: string
  readonly kind: string
}

/** Everything that the lines of one llama.cpp load have said so far. */
export class LlamaRecord {
  readonly facts = new Map<string, Json>()
  readonly models: Map<string, number>[] = []
  readonly contexts: LlamaContext[] = []
  /** Part of a sliding-window cache that the next lines speak of. */
  cachePart = ''
  name: string | undefined
  /** The device that is listed first. */
  firstCard: string | undefined
  isReady = false
  /** What did not work: an allocation, a fit. The load may still go on with less. */
  trouble: LlamaFailure | undefined
  /** The load was given up. */
  #end: LlamaFailure | undefined

  /** Why the load failed: its first trouble, or how it ended. Buffers that follow a trouble mean that it went on. */
  get failure(): LlamaFailure | undefined {
    if (this.isReady && this.isComplete) return undefined
    if (this.#end !== undefined) return this.trouble ?? this.#end
    return this.trouble !== undefined && !this.#wentOn ? this.trouble : undefined
  }

  #wentOn = false

  get isOver(): boolean {
    return this.#end !== undefined
  }

  noteTrouble(failure: LlamaFailure): void {
    this.trouble ??= failure
    this.#wentOn = false
  }

  noteEnd(failure: LlamaFailure): void {
    this.#end ??= failure
  }

  /** A buffer was made. */
  noteBuffer(): void {
    this.#wentOn = true
  }

  get context(): LlamaContext {
    const last = this.contexts.at(-1)
    return last ?? this.startContext()
  }

  startContext(): LlamaContext {
    const context = {
      facts: new Map(),
      cache: new Map(),
      state: new Map(),
      compute: new Map(),
      summary: new Map(),
      stateSummary: new Map(),
    }
    // A log that never ends must not grow the memory: only the first contexts of a load matter.
    if (this.contexts.length < 16) this.contexts.push(context)
    this.cachePart = ''
    return context
  }

  get model(): Map<string, number> {
    const last = this.models.at(-1)
    return last ?? this.startModel()
  }

  startModel(): Map<string, number> {
    const buffers = new Map<string, number>()
    if (this.models.length < 16) this.models.push(buffers)
    return buffers
  }

  /** The context that holds the model's own cache; a projection without memory has only zeros. */
  get mainContext(): LlamaContext | undefined {
    return this.contexts.reduce<LlamaContext | undefined>(
      (best, one) => (best === undefined || cacheOf(one) >= cacheOf(best) ? one : best),
      undefined,
    )
  }

  /** Weights, a cache (or recurrent state) and a context: less is not a start to learn from. */
  get isComplete(): boolean {
    const context = this.mainContext
    if (context === undefined || sum(this.weights()) === 0) return false
    return context.facts.has('runtime_context_tokens') && cacheOf(context) > 0
  }

  /** Buffers of all models of the load; a probe loads nothing and prints zeros. */
  weights(): ReadonlyMap<string, number> {
    return merge(this.models)
  }

  toStart(outcome: ObservedStart['outcome']): ObservedStart {
    const used = this.contexts.filter((one) => cacheOf(one) > 0 || sum(one.compute) > 0)
    const weights = this.weights()
    const cache = merge(used.map(cacheBuffers))
    const state = merge(used.map(stateBuffers))
    const compute = merge(used.map((one) => one.compute))
    const metrics: Record<string, Json> = {
      ...Object.fromEntries(this.facts),
      ...Object.fromEntries(this.mainContext?.facts ?? []),
      ...positive('kv_mib', sum(cache)),
      ...positive('state_mib', sum(state)),
      ...positive('compute_mib', sum(onGpu(compute)) || sum(compute)),
      ...positive('model_buffer_mib', sum(onGpu(weights)) || sum(weights)),
      ...buffersByDevice({ model: weights, kv: cache, state, compute }),
    }
    const { failure } = this
    if (outcome === 'failed' && failure !== undefined) {
      metrics['failure'] = failure.sentence
      metrics['failure_kind'] = failure.kind
    }
    return { outcome, metrics }
  }
}

/** System memory, whatever the build calls it; `RPC` is another computer's. */
export function isHostDevice(device: string): boolean {
  return /^(CPU|BLAS|AMX|KleidiAI|RPC)|_Host$/i.test(device)
}

/** Device lines where there are any; "KV self size" repeats them and stands alone only in old builds. */
function cacheBuffers(context: LlamaContext): ReadonlyMap<string, number> {
  return sum(context.cache) > 0 ? context.cache : context.summary
}

function stateBuffers(context: LlamaContext): ReadonlyMap<string, number> {
  return sum(context.state) > 0 ? context.state : context.stateSummary
}

function cacheOf(context: LlamaContext): number {
  return sum(cacheBuffers(context)) + sum(stateBuffers(context))
}

function sum(values: ReadonlyMap<string, number>): number {
  let total = 0
  for (const value of values.values()) total += value
  return Math.round(total * 100) / 100
}

/** Keys are `part|device`: values of one device are added over parts and contexts. */
function merge(maps: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const merged = new Map<string, number>()
  for (const map of maps) {
    for (const [key, value] of map) {
      const device = key.slice(key.indexOf('|') + 1)
      merged.set(device, (merged.get(device) ?? 0) + value)
    }
  }
  return merged
}

function onGpu(values: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...values].filter(([device]) => !isHostDevice(device)))
}

function positive(key: string, value: number): Record<string, number> {
  return value > 0 ? { [key]: value } : {}
}

function buffersByDevice(kinds: Readonly<Record<string, ReadonlyMap<string, number>>>): Record<string, Json> {
  const devices: Record<string, Record<string, number>> = {}
  for (const [kind, values] of Object.entries(kinds)) {
    for (const [device, value] of values) {
      if (value <= 0 || device === ALL_DEVICES) continue
      const known = Object.hasOwn(devices, device) ? devices[device] : undefined
      devices[device] = { ...known, [kind]: Math.round(value * 100) / 100 }
    }
  }
  return Object.keys(devices).length === 0 ? {} : { buffers_mib: devices }
}
