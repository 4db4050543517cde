import { type Json } from '#shared/domain/json'
import { findSpec } from '#shared/launch-args/catalogue'
import { type ObservedStart } from './log-reader'

/** Everything that the lines of one load have said so far. Per rank where ranks can differ; GiB as printed. */
export class VllmRecord {
  /** Processes that printed "Initializing", to tell a restart from a second data-parallel engine. */
  readonly initializers = new Set<string>()
  args: Readonly<Record<string, Json>> | undefined
  /** The arguments were printed, in whatever form: more of them belong to another load. */
  hasArguments = false
  isReady = false
  /** The sentence with which the engine refused, and what kind of refusal it is. */
  failure: { readonly sentence: string; readonly kind: string } | undefined
  /** Set when only a general "the engine died" was printed. */
  deathNotice: string | undefined
  /** What was raised just after that notice (else just before it): why the engine died. */
  cause: { readonly sentence: string; readonly isAfterNotice: boolean } | undefined
  /** The last thing raised, forgotten as soon as the engine goes on. */
  lastException: string | undefined
  /** How sure the type of the cache is: asked for, said, resolved. */
  kvTypeRank = 0
  readonly weights = new Map<string, number>()
  readonly pools = new Map<string, number>()
  readonly activations = new Map<string, number>()
  readonly nonTorch = new Map<string, number>()
  readonly graphs = new Map<string, number>()
  readonly tokens: number[] = []
  readonly blocks: number[] = []
  readonly facts = new Map<string, Json>()

  /** Of the configuration line: path or repository of the model. */
  configuredModel: string | undefined

  /** What the log calls the model. */
  get names(): string {
    const served = this.args?.['served_model_name']
    const names = [this.configuredModel, this.args?.['model'], ...(Array.isArray(served) ? served : [served])]
    return names.filter((name) => typeof name === 'string').join(' ')
  }

  get isFailed(): boolean {
    return this.failure !== undefined || this.deathNotice !== undefined || this.isBroken
  }

  /** The log stops at something that was raised, before anything could be served. */
  get isBroken(): boolean {
    return this.lastException !== undefined && !this.isReady && !this.isComplete
  }

  get hasBegun(): boolean {
    return this.args !== undefined || this.hasArguments || this.initializers.size > 0 || this.hasMemory || this.isFailed
  }

  /** Some memory line was seen: a later "Initializing" belongs to another load. */
  get hasMemory(): boolean {
    return this.weights.size > 0 || this.pools.size > 0 || this.failure !== undefined
  }

  /** Weights and a size of the cache: less is not a start to learn from. */
  get isComplete(): boolean {
    return this.weights.size > 0 && (this.tokens.length > 0 || this.blocks.length > 0)
  }

  toStart(outcome: ObservedStart['outcome']): ObservedStart {
    const served = this.args?.['served_model_name']
    const servedId = Array.isArray(served) ? served[0] : served
    return {
      outcome,
      metrics: this.#metrics(outcome),
      ...(this.args !== undefined && { extraArgs: memoryFlagsOf(this.args) }),
      ...(typeof servedId === 'string' && { servedModelId: servedId }),
    }
  }

  #metrics(outcome: ObservedStart['outcome']): Record<string, Json> {
    const numbers: Record<string, number | undefined> = {
      configured_max_model_len: numberOf(this.args?.['max_model_len']),
      configured_max_num_seqs: numberOf(this.args?.['max_num_seqs']),
      configured_gpu_memory_utilization: numberOf(this.args?.['gpu_memory_utilization']),
      kv_block_size: numberOf(this.args?.['block_size']),
      weights_gib: largest(this.weights),
      // Every rank gets as many blocks as the poorest one can hold.
      available_kv_gib: smallest(this.pools.values()),
      peak_activation_gib: largest(this.activations),
      non_torch_gib: largest(this.nonTorch),
      cuda_graph_gib: largest(this.graphs),
      kv_cache_tokens: smallest(this.tokens.values()),
      kv_num_blocks: smallest(this.blocks.values()),
    }
    const failure = this.failure?.sentence ?? this.cause?.sentence ?? this.deathNotice ?? this.lastException
    const found = { ...present(numbers), ...Object.fromEntries(this.facts) }
    if (outcome === 'started' || failure === undefined) return found
    return { ...found, failure, failure_kind: this.failure?.kind ?? this.#generalKind() }
  }

  #generalKind(): string {
    return this.deathNotice === undefined ? 'exception' : 'engine_dead'
  }
}

function present(numbers: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).filter((pair): pair is [string, number] => pair[1] !== undefined))
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function largest(values: ReadonlyMap<string, number>): number | undefined {
  return values.size === 0 ? undefined : Math.max(...values.values())
}

function smallest(values: Iterable<number>): number | undefined {
  const list = [...values]
  return list.length === 0 ? undefined : Math.min(...list)
}

/** Launch flags out of "non-default args": only flags that change memory, since the others may hold keys and tokens. */
function memoryFlagsOf(args: Readonly<Record<string, Json>>): readonly string[] {
  const flags: string[] = []
  for (const [key, value] of Object.entries(args)) {
    const name = key.replaceAll('_', '-')
    if (findSpec('vllm', name) === undefined || value === null) continue
    if (value === true) flags.push(`--${name}`)
    else if (value === false) flags.push(`--no-${name}`)
    else flags.push(`--${name}`, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return flags
}
