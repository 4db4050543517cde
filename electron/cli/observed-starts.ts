import { resolve } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { describeModel } from '#shared/registry/describe-model'
import { type AccuracyStart } from '#shared/runtime/accuracy'
import { entryFinder } from '#shared/runtime/fold-metrics'
import { type MetricsEvent } from '#shared/runtime/metrics-line'
import { findMetricsLog, readMetricsEvents } from '../node/metrics/metrics-log'
import { type CliCall } from './command'
import { textOption } from './options'

/** All starts in the metrics log whose model the registry knows, with its architecture; refused starts are left out. */
export async function observedStarts({ context, options }: CliCall): Promise<Result<readonly AccuracyStart[]>> {
  const registry = await context.openRegistry()
  if (!registry.ok) return registry
  const snapshot = await registry.value.load()
  if (!snapshot.ok) return snapshot
  const given = textOption(options, 'metrics')
  const { world } = context.services
  const path = given === undefined ? await findMetricsLog(registry.value.location, world) : resolve(given)
  const events = await readMetricsEvents(path, context.signal)
  if (!events.ok) return events
  const entryOf = entryFinder(snapshot.value.entries)
  const starts = events.value.filter(isGood).flatMap((event) => {
    const entry = entryOf(event)
    const architecture = entry === undefined ? undefined : describeModel(entry).architecture
    if (entry === undefined || architecture === undefined) return []
    const { backend, extraArgs, metrics, timestamp } = event
    return [{ model: entry.name, architecture, backend, extraArgs, metrics, observedAt: timestamp }]
  })
  return ok(starts)
}

function isGood(event: MetricsEvent): boolean {
  return event.metrics['failure'] === undefined
}
