import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { isJsonObject, type JsonObject, ownValue } from '#shared/domain/json'
import { gibToBytes } from '#shared/domain/units'
import { type EstimateRequest, type FlagValues, type PlanGpu } from '#shared/estimator/request'
import { engineOfBackend } from '#shared/estimator-request/engine-of'
import { weightsOf } from '#shared/estimator-request/weights-of'
import { effectiveFlags } from '#shared/launch-args/effective-flags'
import { engineRelease } from './engine-release'

/** One observed start with the settings it had. */
export interface ReplayInput {
  readonly architecture: ArchitectureMetadata
  readonly backend: string | undefined
  readonly extraArgs: readonly string[] | string | undefined
  readonly metrics: JsonObject
}

/**
 * The request that a start would have been, with nothing measured in it: what the estimator says to it can be held
 * against the measurement. `undefined` for an engine without a memory model, or when the card is not known.
 */
export function replayStart(input: ReplayInput): EstimateRequest | undefined {
  const engine = input.backend === undefined ? undefined : engineOfBackend(input.backend)
  const card = measuredCard(input.metrics)
  if (engine === undefined || card === undefined) return undefined
  const { runtime: _runtime, ...architecture } = input.architecture
  const weights = weightsOf({ architecture })
  const version = engineRelease(input.metrics)
  return {
    engine,
    architecture,
    gpus: [card],
    flags: [{ source: 'measured start', values: flagsOf(input, engine) }],
    known: {},
    ...(weights !== undefined && { weights }),
    ...(version !== undefined && { engineVersion: { value: version, source: 'runtime' } }),
  }
}

/** Total of `gpu_memory_gib`, one object or a list of them: all cards of a start are taken to be alike. */
export function measuredCard(metrics: JsonObject): PlanGpu | undefined {
  const value = ownValue(metrics, 'gpu_memory_gib')
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (!isJsonObject(first)) return undefined
  const total = ownValue(first, 'total')
  const name = ownValue(first, 'name') ?? ownValue(metrics, 'gpu_name')
  if (typeof total !== 'number' || !(total > 0)) return undefined
  return { totalBytes: gibToBytes(total), source: 'runtime', ...(typeof name === 'string' && { name }) }
}

/** Flags of the launch line, completed by what the engine said it was configured with. */
function flagsOf(input: ReplayInput, engine: EstimateRequest['engine']): FlagValues {
  const flags: Record<string, string | true> = { ...effectiveFlags(input.extraArgs ?? [], engine) }
  const stated = {
    vllm: [
      ['max-model-len', 'runtime_context_tokens'],
      ['max-num-seqs', 'configured_max_num_seqs'],
      ['max-num-batched-tokens', 'max_num_batched_tokens'],
      ['gpu-memory-utilization', 'configured_gpu_memory_utilization'],
      ['tensor-parallel-size', 'configured_tensor_parallel_size'],
      ['pipeline-parallel-size', 'configured_pipeline_parallel_size'],
    ],
    'llama.cpp': [
      ['num-ctx', 'runtime_context_tokens'],
      ['num-parallel', 'runtime_max_batch_size'],
    ],
    ollama: [
      ['num-ctx', 'context_per_slot_tokens'],
      ['num-parallel', 'runtime_max_batch_size'],
    ],
  } as const
  for (const [flag, key] of stated[engine]) {
    const value = ownValue(input.metrics, key)
    if (!Object.hasOwn(flags, flag) && typeof value === 'number') flags[flag] = String(value)
  }
  return flags
}
