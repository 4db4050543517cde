import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { type Sourced } from '#shared/domain/provenance'
import { GIB, gibToBytes, parseHumanInteger } from '#shared/domain/units'
import {
  type EngineId,
  type FlagLayer,
  type FlagValues,
  type KnownTerms,
  type PlanGpu,
} from '#shared/estimator/request'
import { effectiveFlags } from '#shared/launch-args/effective-flags'

/** A measured term that cannot be used now, and the setting that differs. */
export interface DroppedTerm {
  readonly term: string
  readonly because: string
}

export interface KnownTermsReport {
  readonly known: KnownTerms
  /** Names of the measured terms in use: `weights`, `activation`, ... */
  readonly held: readonly string[]
  readonly dropped: readonly DroppedTerm[]
}

export interface KnownTermsInput {
  readonly architecture: ArchitectureMetadata
  readonly engine: EngineId
  readonly engineVersion?: Sourced<string>
  /** Flags of the plan, first layer wins. */
  readonly flags: readonly FlagLayer[]
  readonly gpus: readonly PlanGpu[]
}

/** Flags that shape the loaded weights of one GPU. */
const WEIGHT_FLAGS = [
  'tensor-parallel-size',
  'pipeline-parallel-size',
  'data-parallel-size',
  'enable-expert-parallel',
  'quantization',
  'dtype',
  'load-format',
  'revision',
  'cpu-offload-gb',
  'speculative-config',
  'enable-lora',
  'max-loras',
  'max-lora-rank',
  'fully-sharded-loras',
  'mm-encoder-tp-mode',
  'language-model-only',
]
/** Flags that shape the profiled activation peak (memory-models, section 1.1). */
const ACTIVATION_FLAGS = [
  'max-num-seqs',
  'max-num-batched-tokens',
  'tensor-parallel-size',
  'pipeline-parallel-size',
  'data-parallel-size',
  'dtype',
  'speculative-config',
  'enable-lora',
  'enable-chunked-prefill',
  'limit-mm-per-prompt',
  'skip-mm-profiling',
  'mm-encoder-only',
  'language-model-only',
]
const NON_TORCH_FLAGS = [
  'tensor-parallel-size',
  'pipeline-parallel-size',
  'data-parallel-size',
  'decode-context-parallel-size',
  'enable-expert-parallel',
  'enable-sleep-mode',
]
const GRAPH_FLAGS = [
  'enforce-eager',
  'max-num-seqs',
  'tensor-parallel-size',
  'pipeline-parallel-size',
  'compilation-config',
  'cudagraph-capture-sizes',
  'max-cudagraph-capture-size',
  'cuda-graph-sizes',
  'speculative-config',
  'dtype',
]
/** The pool is what is left of the budget: it also depends on the share of the card and on the card. */
const POOL_FLAGS = [
  ...new Set([...WEIGHT_FLAGS, ...ACTIVATION_FLAGS, ...NON_TORCH_FLAGS, ...GRAPH_FLAGS]),
  'gpu-memory-utilization',
  'kv-cache-memory-bytes',
]
/** A card shows a little less than it has; two readings of the same card stay within this share. */
const SAME_CARD_SHARE = 0.02

/**
 * Terms of the entry's measured start (`metadata.architecture.runtime`) that still hold for the settings of the plan.
 * vLLM only: the other engines state buffers, not terms of a budget. A term is used only when every setting it depends
 * on is the same, defaults included (so the engine's version must not differ in its minor number, where it is asked for).
 */
export function knownTerms(input: KnownTermsInput): KnownTermsReport {
  const runtime = input.architecture.runtime
  if (runtime === undefined || input.engine !== 'vllm') return { known: {}, held: [], dropped: [] }
  if (input.architecture.sources?.includes('runtime:vllm') === false) return { known: {}, held: [], dropped: [] }
  const measured = measuredFlags(runtime)
  const differs = (flags: readonly string[]) => firstDifference(flags, input.flags, measured)
  const version = versionDifference(runtime, input.engineVersion)
  const card = cardDifference(runtime, input.gpus)
  const unchunked = prefillDifference(input.flags, measured)
  const terms = [
    candidate('weights', runtime['weights_gib'], differs(WEIGHT_FLAGS)),
    candidate('activation', runtime['peak_activation_gib'], version ?? unchunked ?? differs(ACTIVATION_FLAGS)),
    candidate('non_torch', runtime['non_torch_gib'], version ?? card ?? differs(NON_TORCH_FLAGS)),
    candidate('graphs', runtime['cuda_graph_gib'], version ?? card ?? differs(GRAPH_FLAGS)),
    candidate('kv_pool', runtime['available_kv_gib'], version ?? card ?? unchunked ?? differs(POOL_FLAGS)),
  ].filter((term) => term !== undefined)
  return report(terms)
}

interface Candidate {
  readonly term: 'weights' | 'activation' | 'non_torch' | 'graphs' | 'kv_pool'
  readonly bytes: number
  readonly because: string | undefined
}

function candidate(term: Candidate['term'], gib: Json | undefined, because: string | undefined): Candidate | undefined {
  // A negative figure (sleep mode, memory freed during capture) is an artefact of the measurement, not a size.
  if (typeof gib !== 'number' || !Number.isFinite(gib) || gib < 0) return undefined
  return { term, bytes: gibToBytes(gib), because }
}

function report(terms: readonly Candidate[]): KnownTermsReport {
  const held = terms.filter((term) => term.because === undefined)
  const sourced = (name: Candidate['term']): Sourced<number> | undefined => {
    const term = held.find((one) => one.term === name)
    return term === undefined ? undefined : { value: term.bytes, source: 'runtime:vllm' }
  }
  const weights = sourced('weights')
  const activation = sourced('activation')
  const nonTorch = sourced('non_torch')
  const graphs = sourced('graphs')
  const pool = sourced('kv_pool')
  return {
    known: {
      ...(weights && { weightsBytes: weights, weightsArePerGpu: true }),
      ...(activation && { activationBytes: activation }),
      ...(nonTorch && { nonTorchBytes: nonTorch }),
      ...(graphs && { graphBytes: graphs }),
      ...(pool && { availableKvBytes: pool }),
    },
    held: held.map((term) => term.term),
    dropped: terms.flatMap(({ term, because }) => (because === undefined ? [] : [{ term, because }])),
  }
}

/** Flags of the measured start: its launch line, completed by the `configured_*` values the engine printed. */
function measuredFlags(runtime: JsonObject): FlagValues {
  const snapshot = ownValue(runtime, 'extra_args_snapshot')
  const args = typeof snapshot === 'string' || isStrings(snapshot) ? snapshot : []
  const flags: Record<string, string | true> = { ...effectiveFlags(args, 'vllm') }
  const configured = [
    ['max-num-seqs', 'configured_max_num_seqs'],
    ['max-model-len', 'configured_max_model_len'],
    ['gpu-memory-utilization', 'configured_gpu_memory_utilization'],
    ['tensor-parallel-size', 'configured_tensor_parallel_size'],
  ] as const
  for (const [flag, key] of configured) {
    const value = ownValue(runtime, key)
    if (!Object.hasOwn(flags, flag) && typeof value === 'number') flags[flag] = String(value)
  }
  return flags
}

function isStrings(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** First flag whose value differs between plan and measured start, in words. */
function firstDifference(
  flags: readonly string[],
  layers: readonly FlagLayer[],
  measured: FlagValues,
): string | undefined {
  for (const flag of flags) {
    const now = normalise(flag, flagValue(layers, flag))
    const then = normalise(flag, flagValue([{ source: 'measured', values: measured }], flag))
    if (now !== then) return `--${flag} is ${now ?? 'not set'}, it was ${then ?? 'not set'} when measured`
  }
  return undefined
}

/** Value of the first layer that speaks of the flag; `--no-x` reads as the word false. */
function flagValue(layers: readonly FlagLayer[], flag: string): string | true | undefined {
  for (const { values } of layers) {
    if (Object.hasOwn(values, flag)) return values[flag]
    if (Object.hasOwn(values, `no-${flag}`)) return 'false'
  }
  return undefined
}

/** Flags whose default is the same in every release, so that "not set" equals it. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'tensor-parallel-size': '1',
  'pipeline-parallel-size': '1',
  'data-parallel-size': '1',
  'decode-context-parallel-size': '1',
  'cpu-offload-gb': '0',
  dtype: 'auto',
  'enable-chunked-prefill': 'true',
  'enforce-eager': 'false',
  'enable-expert-parallel': 'false',
  'enable-lora': 'false',
  'load-format': 'auto',
}

function normalise(flag: string, value: string | true | undefined): string | undefined {
  if (value === undefined) return DEFAULTS[flag]
  if (value === true) return 'true'
  const whole = parseHumanInteger(value)
  if (whole.ok) return String(whole.value)
  const number = Number(value)
  if (value.trim() !== '' && Number.isFinite(number)) return String(number)
  return /^\s*[[{]/.test(value) ? canonicalJson(value) : value.trim()
}

/** Blanks and the order of keys do not make another setting. */
function canonicalJson(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text) as Json)) // JSON.parse yields JSON by definition
  } catch {
    return text.trim() // not JSON after all: compared as written
  }
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}

function versionDifference(runtime: JsonObject, asked: Sourced<string> | undefined): string | undefined {
  const measured = ownValue(runtime, 'engine_version')
  if (asked === undefined || typeof measured !== 'string') return undefined
  const minor = (version: string) => version.replace(/^v/, '').split('.').slice(0, 2).join('.')
  if (minor(measured) === minor(asked.value)) return undefined
  return `engine version ${asked.value} is asked for, ${measured} was measured`
}

/** Without chunked prefill the activation peak grows with the context, so the context must match too. */
function prefillDifference(layers: readonly FlagLayer[], measured: FlagValues): string | undefined {
  const isOff = flagValue(layers, 'enable-chunked-prefill') === 'false'
  return isOff ? firstDifference(['max-model-len'], layers, measured) : undefined
}

function cardDifference(runtime: JsonObject, gpus: readonly PlanGpu[]): string | undefined {
  const total = measuredTotal(runtime)
  const first = gpus[0]
  if (first === undefined) return 'no GPU is chosen'
  if (total === undefined) return 'the measured start does not name its card'
  const share = Math.abs(first.totalBytes - total) / total
  if (share <= SAME_CARD_SHARE) return undefined
  return `the card has ${gib(first.totalBytes)} GiB, the measured one had ${gib(total)} GiB`
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1)
}

/** `gpu_memory_gib` is one object `{index, used, total}` or a list of them. */
function measuredTotal(runtime: JsonObject): number | undefined {
  const value = ownValue(runtime, 'gpu_memory_gib')
  const first = Array.isArray(value) ? (value[0] as Json | undefined) : value // a list of the same objects
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return undefined
  const total = ownValue(first as JsonObject, 'total') // neither null nor a list: an object
  return typeof total === 'number' && total > 0 ? gibToBytes(total) : undefined
}
