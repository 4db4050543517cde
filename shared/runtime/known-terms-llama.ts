import { type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { type Sourced } from '#shared/domain/provenance'
import { MIB } from '#shared/domain/units'
import { effectiveFlags } from '#shared/launch-args/effective-flags'
import { firstDifference } from './compare-settings'
import { type KnownTermsInput, type KnownTermsReport } from './known-terms-report'

/** Flags that decide which weights are on the GPU. */
const WEIGHT_FLAGS = [
  'gpu-layers',
  'n-cpu-moe',
  'cpu-moe',
  'override-tensor',
  'split-mode',
  'tensor-split',
  'device',
  'kv-offload',
  'mmap',
]
/** Flags that shape the compute graph. */
const COMPUTE_FLAGS = [
  ...WEIGHT_FLAGS,
  'num-ctx',
  'num-parallel',
  'batch-size',
  'ubatch-size',
  'flash-attn',
  'kv-unified',
  'swa-full',
  'cache-type-k',
  'cache-type-v',
]

/**
 * Buffers of an earlier llama.cpp or Ollama start that still hold, on one GPU. A start that kept layers in system
 * memory depends on what was free that day, and Ollama's own figures have one decimal of a GiB: neither is used.
 */
export function llamaKnownTerms(input: KnownTermsInput, runtime: JsonObject): KnownTermsReport {
  const source = `runtime:${input.engine}`
  const snapshot = ownValue(runtime, 'extra_args_snapshot')
  const measured = effectiveFlags(typeof snapshot === 'string' || isTexts(snapshot) ? snapshot : [], input.engine)
  const general = reasonAgainst(input, runtime)
  const terms = [
    { term: 'weights', mib: ownValue(runtime, 'model_buffer_mib'), flags: WEIGHT_FLAGS },
    { term: 'activation', mib: ownValue(runtime, 'compute_mib'), flags: COMPUTE_FLAGS },
  ].flatMap(({ term, mib, flags }) => {
    if (typeof mib !== 'number' || !(mib > 0)) return []
    const because = general ?? firstDifference(flags, input.flags, measured)
    return [{ term, because, value: { value: Math.round(mib * MIB), source } satisfies Sourced<number> }]
  })
  const held = terms.filter((one) => one.because === undefined)
  const weights = held.find((one) => one.term === 'weights')
  const activation = held.find((one) => one.term === 'activation')
  return {
    known: {
      ...(weights && { weightsBytes: weights.value, weightsArePerGpu: true }),
      ...(activation && { activationBytes: activation.value }),
    },
    held: held.map((one) => one.term),
    dropped: terms.flatMap(({ term, because }) => (because === undefined ? [] : [{ term, because }])),
  }
}

function reasonAgainst(input: KnownTermsInput, runtime: JsonObject): string | undefined {
  if (input.gpus.length > 1) return 'the plan has several GPUs'
  if (ownValue(runtime, 'rounded_sizes') === true) return 'the measured figures are rounded'
  const offloaded = ownValue(runtime, 'offloaded_layers')
  const total = ownValue(runtime, 'total_layers')
  if (typeof offloaded === 'number' && offloaded > 0 && offloaded === total) return undefined
  return 'the measured start kept layers in system memory'
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
