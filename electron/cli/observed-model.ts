import { resolve } from 'node:path'
import { isJsonObject, type JsonObject } from '#shared/domain/json'
import { type ModelView } from '#shared/domain/model-view'
import { ok, type Result } from '#shared/domain/result'
import { GIB } from '#shared/domain/units'
import { type EngineId } from '#shared/estimator/request'
import { planGpuOf } from '#shared/estimator-request/plan-gpus'
import { describeModel } from '#shared/registry/describe-model'
import { findModel } from '#shared/registry/find-model'
import { type ObservedStart } from '#shared/runtime/log-lines/log-reader'
import { type MetricsRecord, metricsRecord } from '#shared/runtime/metrics-record'
import { appendMetrics } from '../node/metrics/append-metrics'
import { findMetricsLog } from '../node/metrics/metrics-log'
import { type RegistryLocation } from '../node/registry/registry-service'
import { type CliContext, type CliOptions } from './command'
import { textOption } from './options'
import { brief } from './render/quantities'
import { table } from './render/table'

/** The entry that a start belongs to, when there is a registry and it knows the name. */
export interface ObservedModel {
  readonly name: string
  readonly view?: ModelView
  readonly location?: RegistryLocation
}

/** A registry is not needed to observe: without one (or without the name in it) the name stands alone. */
export async function observedModel(context: CliContext, name: string): Promise<ObservedModel> {
  const registry = await context.openRegistry()
  if (!registry.ok) return { name }
  const { location } = registry.value
  const snapshot = await registry.value.load()
  const entry = snapshot.ok ? findModel(snapshot.value.entries, name) : snapshot
  if (!entry.ok) return { name, location }
  return { name: entry.value.name, view: describeModel(entry.value), location }
}

export interface Recording {
  readonly start: ObservedStart
  readonly engine: EngineId
  readonly model: ObservedModel
  readonly source: 'headroom-observe' | 'headroom-serve'
  /** The engine runs on another computer, whose card is not ours to tell. */
  readonly isElsewhere?: boolean
}

/** Appends one line to the metrics log: `--metrics`, else the log of the registry. */
export async function recordStart(
  context: CliContext,
  options: CliOptions,
  recording: Recording,
): Promise<Result<{ readonly record: MetricsRecord; readonly path: string }>> {
  const { model, start, engine, source } = recording
  const { world } = context.services
  const given = textOption(options, 'metrics')
  const path = given === undefined ? await findMetricsLog(model.location, world) : resolve(given)
  const isHere = source === 'headroom-serve' && recording.isElsewhere !== true
  const seen = isHere ? await withCard(context, start) : start
  const record = metricsRecord(seen, {
    at: world.now(),
    model: model.name,
    engine,
    source,
    ...(model.view?.served_model_id !== undefined && { servedModelId: model.view.served_model_id }),
    ...(model.view !== undefined && { extraArgs: model.view.extra_args }),
  })
  const appended = await appendMetrics(path, record)
  return appended.ok ? ok({ record, path }) : appended
}

/** The card as the driver sees it, where the log does not tell or not name it: only for a start that has just happened. */
async function withCard(context: CliContext, start: ObservedStart): Promise<ObservedStart> {
  const told = start.metrics['gpu_memory_gib']
  if (told !== undefined && (!isJsonObject(told) || told['name'] !== undefined)) return start
  const gpus = await context.services.hardware.listGpus()
  const [gpu] = gpus.ok ? gpus.value : []
  if (gpu === undefined) return start
  const gib = (bytes: number): number => Math.round((bytes / GIB) * 100) / 100
  const total = gib(planGpuOf(gpu).totalBytes)
  const seen = { index: gpu.index, name: gpu.name, used: gib(gpu.used_bytes), total }
  const card = told === undefined ? seen : namedCard(told, seen)
  return { ...start, metrics: { ...start.metrics, gpu_memory_gib: card } }
}

/** The name belongs to the card of the log only when their sizes agree. */
function namedCard(told: JsonObject, seen: { readonly name: string; readonly total: number }): JsonObject {
  const { total } = told
  if (typeof total !== 'number' || Math.abs(seen.total - total) > SAME_CARD_SHARE * total) return told
  return { ...told, name: seen.name }
}

const SAME_CARD_SHARE = 0.02

/** The line for people. */
export function recordText(record: MetricsRecord, path: string): string {
  const metrics = record.payload['metrics']
  const rows = Object.entries(typeof metrics === 'object' && metrics !== null ? metrics : {})
  return `${table(rows.map(([key, value]) => [key, brief(value)]))}\n\nAdded to ${path}`
}
