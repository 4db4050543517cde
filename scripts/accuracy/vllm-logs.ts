import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { isJsonObject, type JsonObject } from '#shared/domain/json'
import { effectiveFlags } from '#shared/launch-args/effective-flags'
import { createLogReader } from '#shared/runtime/log-lines/create-log-reader'
import { type ObservedStart } from '#shared/runtime/log-lines/log-reader'
import { inspectPath } from '../../electron/node/library/inspect-path'
import { dataFolder, type MeasuredCase, numberOf } from './cases'

const manifestSchema = z.array(
  z.looseObject({ name: z.string(), file: z.string(), engine: z.string(), model: z.string().nullish() }),
)

/** Words of a name that say how the weights are stored, not what the model is. */
const STORAGE = /-(?:hf|it|instruct|qat|awq|gptq|int4|int8|fp8|nvfp4|w4a16|ct|static|pertensor)(?=-|$)/g
const METHODS = ['nvfp4', 'fp8', 'awq'] as const

function baseName(model: string): string {
  const last = model.split('/').at(-1) ?? model
  const plain = last
    .replace(/_[0-9a-f]{16,}$/, '')
    .replace(/^[^_-]+_(?=\w)/, '')
    .replace(/-\d{4}$/, '')
    .toLowerCase()
  return plain
    .replace(/^meta-/, '')
    .replaceAll(STORAGE, '')
    .replaceAll(STORAGE, '')
}

/**
 * Published config of the model of a log: the unquantised one, since another publisher's quantisation may store other
 * caches. A model at an absolute path is somebody's own variant of a published one (the logs load dummy weights of it).
 */
function configFolder(model: string): string | undefined {
  const root = join(dataFolder(), 'hf-configs')
  if (!existsSync(root) || model.startsWith('/')) return undefined
  const same = readdirSync(root).filter((name) => baseName(name.split('__').at(-1) ?? '') === baseName(model))
  const isStored = (name: string): boolean => METHODS.some((method) => name.toLowerCase().includes(method))
  const found = same.find((name) => !isStored(name)) ?? same[0]
  return found === undefined ? undefined : join(root, found)
}

function architectureOf(model: string): ArchitectureMetadata | undefined {
  const folder = configFolder(model)
  const read = folder === undefined ? undefined : inspectPath({ path: folder, collectedAt: '2026-01-01T00:00:00Z' })
  return read?.ok === true ? read.value.architecture : undefined
}

/** A case without an architecture gets that of the published config of its model, when there is one. */
export function withPublishedArchitecture(measured: MeasuredCase): MeasuredCase {
  if (measured.architecture !== null && measured.architecture !== undefined) return measured
  const found = typeof measured.model_id === 'string' ? architectureOf(measured.model_id) : undefined
  return found === undefined ? measured : { ...measured, architecture: found }
}

/** Metric of a log and the name it has in a case. */
const LOGGED = {
  weights_gib: 'model_loading_gib',
  available_kv_gib: 'available_kv_gib',
  kv_cache_tokens: 'kv_cache_tokens',
  max_concurrency: 'max_concurrency',
  max_concurrency_at_tokens: 'max_concurrency_at_tokens',
  peak_activation_gib: 'peak_activation_gib',
  non_torch_gib: 'non_torch_gib',
  cuda_graph_gib: 'cuda_graph_gib',
  cuda_graph_estimate_gib: 'cuda_graph_estimate_gib',
} as const

const STATED = {
  max_num_batched_tokens: 'max-num-batched-tokens',
  configured_max_num_seqs: 'max-num-seqs',
  configured_gpu_memory_utilization: 'gpu-memory-utilization',
  runtime_context_tokens: 'max-model-len',
  failed_max_model_len: 'max-model-len',
} as const

function argsOf(start: ObservedStart): Readonly<Record<string, unknown>> {
  const metrics: JsonObject = { ...start.metrics }
  const args: Record<string, unknown> = { ...effectiveFlags([...(start.extraArgs ?? [])], 'vllm') }
  for (const [metric, flag] of Object.entries(STATED)) {
    const value = numberOf(metrics, metric)
    if (value !== undefined) args[flag] ??= value
  }
  const resolved = metrics['kv_cache_dtype']
  if (typeof resolved === 'string' && resolved.startsWith('float8')) args['kv-cache-dtype'] ??= 'fp8'
  const size = numberOf(metrics, 'configured_tensor_parallel_size')
  if (size !== undefined && size > 1) args['tensor_parallel_size'] = size
  return args
}

function caseOf(name: string, model: string, start: ObservedStart): MeasuredCase {
  const metrics: JsonObject = { ...start.metrics }
  const logged = Object.entries(LOGGED).map(([from, to]) => [to, numberOf(metrics, from)] as const)
  const card = metrics['gpu_memory_gib']
  const total = card !== undefined && isJsonObject(card) ? numberOf(card, 'total') : undefined
  const version = metrics['engine_version']
  const suggestion = numberOf(metrics, 'estimated_max_model_len')
  return {
    id: `log ${name}`,
    engine: 'vllm',
    vllm_version: typeof version === 'string' ? version : null,
    model_id: model,
    gpu: total === undefined ? null : { name: null, count: 1, total_gib: total },
    args: argsOf(start),
    logged: Object.fromEntries(logged.filter(([, value]) => value !== undefined)),
    outcome: start.outcome,
    architecture: architectureOf(model) ?? null,
    failure: suggestion === undefined ? null : { estimated_max_len: suggestion },
  }
}

/** Starts in the real logs, as cases; those that a measured start already tells are left out. */
export function vllmLogCases(known: readonly MeasuredCase[]): readonly MeasuredCase[] {
  const folder = join(dataFolder(), 'logs')
  const manifest = join(folder, 'manifest.json')
  if (!existsSync(manifest)) return []
  const keyOf = ({ logged }: MeasuredCase): string =>
    [logged['model_loading_gib'], logged['available_kv_gib'], logged['kv_cache_tokens']].join(' ')
  const told = new Set(known.map(keyOf))
  return manifestSchema.parse(JSON.parse(readFileSync(manifest, 'utf8'))).flatMap(({ name, file, engine, model }) => {
    if (engine !== 'vllm' || typeof model !== 'string') return []
    const reader = createLogReader('vllm', model)
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) reader.add(line)
    const { start, failure } = reader.findings()
    const found = start ?? failure
    const made = found === undefined ? undefined : caseOf(name, model, found)
    return made === undefined || told.has(keyOf(made)) ? [] : [made]
  })
}
