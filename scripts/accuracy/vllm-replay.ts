import { GIB } from '#shared/domain/units'
import { type EstimateRequest, type FlagValues, type KnownTerms, type PlanGpu } from '#shared/estimator/request'
import { findGpuModel } from '#shared/hardware/gpu-models'
import { type MeasuredCase, numberOf } from './cases'

/** Keys of a case that are no launch flags. */
const NOT_FLAGS = new Set(['env', 'num_speculative_tokens', 'max_seq_len'])

/** Launch flags of a case under their canonical names. */
export function flagsOf(measured: MeasuredCase): FlagValues {
  const flags: Record<string, string | true> = {}
  for (const [key, value] of Object.entries(measured.args)) {
    const name = key.replaceAll('_', '-')
    if (NOT_FLAGS.has(key) || value === null) continue
    if (value === true) flags[name] = true
    else if (value === false) flags[`no-${name}`] = true
    else if (typeof value === 'object') flags[name] = JSON.stringify(value)
    else flags[name] = String(value)
  }
  const legacy = numberOf(measured.args, 'max_seq_len')
  if (legacy !== undefined) flags['max-model-len'] = String(legacy)
  return flags
}

/** `0.8.x (V1)` -> `0.8`; a V0 run of a release that defaults to V1 is replayed with the last V0 rules. */
export function versionOf(measured: MeasuredCase): string | undefined {
  const text = measured.vllm_version ?? ''
  const found = /\b(0)\.(\d+)(x)?(?:\.(\d+))?/.exec(text)
  if (found === null) return undefined
  const [, major = '0', minor = '0', wild, patch] = found
  if (wild !== undefined) return `${major}.${minor}2`
  if (/V0/.test(text) && Number(minor) >= 8) return '0.7.3'
  return patch === undefined ? `${major}.${minor}` : `${major}.${minor}.${patch}`
}

export function gpusOf(measured: MeasuredCase): readonly PlanGpu[] {
  const total = measured.gpu?.total_gib
  if (total === null || total === undefined) return []
  const name = measured.gpu?.name
  return [{ totalBytes: Math.round(total * GIB), source: 'measured', ...(typeof name === 'string' ? { name } : {}) }]
}

/** The card by its name where its size was not printed: enough for the defaults that go by class, not for a budget. */
export function namedGpus(measured: MeasuredCase): readonly PlanGpu[] {
  const known = gpusOf(measured)
  const name = measured.gpu?.name
  if (known.length > 0 || typeof name !== 'string') return known
  const match = findGpuModel(name)
  const model = match.kind === 'one' ? match.model : match.kind === 'several' ? match.models[0] : undefined
  return model === undefined ? [] : [{ totalBytes: model.bytes, name: model.name, source: 'name' }]
}

/** The demand of windows depends on the batch: a start that shows neither its batch nor its release says nothing. */
export function hidesBatch(measured: MeasuredCase): boolean {
  const isWindowed = measured.architecture?.layer_groups?.some((group) => group.window !== undefined) === true
  const isVague = /\dx|\+|-/.test(measured.vllm_version ?? 'x')
  return isWindowed && isVague && measured.args['max_num_batched_tokens'] === undefined
}

function given(measured: MeasuredCase, key: string): { readonly value: number; readonly source: string } | undefined {
  const value = numberOf(measured.logged, key)
  return value === undefined ? undefined : { value: Math.round(value * GIB), source: 'flag' }
}

/** Terms of the log that a replay hands to the estimator. */
export function knownFrom(measured: MeasuredCase, terms: readonly (keyof KnownTerms)[]): KnownTerms {
  const keys = {
    weightsBytes: 'model_loading_gib',
    activationBytes: 'peak_activation_gib',
    nonTorchBytes: 'non_torch_gib',
    graphBytes: 'cuda_graph_estimate_gib',
    availableKvBytes: 'available_kv_gib',
  } as const
  const known: Record<string, unknown> = {}
  for (const term of terms) {
    if (term === 'weightsArePerGpu' || term === 'visionBytes') continue
    const value = given(measured, keys[term])
    if (value !== undefined) known[term] = value
  }
  if (known['weightsBytes'] !== undefined) known['weightsArePerGpu'] = true
  return known as KnownTerms // Keys and values come from the table above.
}

export function requestOf(measured: MeasuredCase, known: KnownTerms): EstimateRequest {
  const version = versionOf(measured)
  return {
    engine: 'vllm',
    architecture: measured.architecture ?? {},
    gpus: gpusOf(measured),
    flags: [{ source: 'flag', values: flagsOf(measured) }],
    known,
    ...(version === undefined ? {} : { engineVersion: { value: version, source: 'measured' } }),
  }
}
