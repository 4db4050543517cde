import { type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { type Sourced } from '#shared/domain/provenance'
import { GIB, gibToBytes } from '#shared/domain/units'
import { type FlagLayer, type FlagValues, type PlanGpu } from '#shared/estimator/request'
import { effectiveFlags } from '#shared/launch-args/effective-flags'
import { firstDifference, flagValue } from './compare-settings'
import { llamaKnownTerms } from './known-terms-llama'
import { type KnownTermsInput, type KnownTermsReport } from './known-terms-report'

export type { DroppedTerm, KnownTermsInput, KnownTermsReport } from './known-terms-report'

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

const NOTHING: KnownTermsReport = { known: {}, held: [], dropped: [] }

/**
 * Terms of the entry's measured start (`metadata.architecture.runtime`) that still hold for the settings of the plan.
 * A term is used only when every setting it depends on is the same, defaults included (so the engine's version must not
 * differ in its minor number, where it is asked for).
 */
export function knownTerms(input: KnownTermsInput): KnownTermsReport {
  const { runtime, sources } = input.architecture
  if (runtime === undefined || sources?.includes(`runtime:${input.engine}`) !== true) return NOTHING
  return input.engine === 'vllm' ? vllmKnownTerms(input, runtime) : llamaKnownTerms(input, runtime)
}

function vllmKnownTerms(input: KnownTermsInput, runtime: JsonObject): KnownTermsReport {
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
export function measuredFlags(runtime: JsonObject): FlagValues {
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

/** In words, when another minor release is planned for than was measured. */
export function versionDifference(runtime: JsonObject, asked: Sourced<string> | undefined): string | undefined {
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
