import { ok, type Result } from '#shared/domain/result'
import { describeModel } from '#shared/registry/describe-model'
import { type AccuracyStart } from '#shared/runtime/accuracy'
import { entryFinder } from '#shared/runtime/fold-metrics'
import { type MetricsEvent } from '#shared/runtime/metrics-line'
import { type RegistryService } from '../registry/registry-service'
import { type World } from '../world'
import { findMetricsLog, readMetricsEvents } from './metrics-log'

export interface ObservedStartsOptions {
  /** Another log than that of the registry. */
  readonly metricsPath?: string
  readonly signal?: AbortSignal
}

/**
 * All starts in the metrics log whose model the registry knows, with its architecture; refused starts are left out.
 * Errors: those of the registry and of reading the log.
 */
export async function readObservedStarts(
  registry: RegistryService,
  world: Pick<World, 'dataDir'>,
  options: ObservedStartsOptions = {},
): Promise<Result<readonly AccuracyStart[]>> {
  const snapshot = await registry.load()
  if (!snapshot.ok) return snapshot
  const path = options.metricsPath ?? (await findMetricsLog(registry.location, world))
  const events = await readMetricsEvents(path, options.signal)
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
