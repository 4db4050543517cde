import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { createMetricsFold, type FoldedMetrics } from '#shared/runtime/fold-metrics'
import { type MetricsEvent, parseMetricsLine } from '#shared/runtime/metrics-line'
import { type RegistryLocation } from '../registry/registry-service'
import { type World } from '../world'
import { readFileLines } from './read-lines'

export const METRICS_FILE = 'model_loader_metrics.jsonl'

/**
 * Where the metrics log of a registry is: the first that exists of `logs/` beside the registry's folder (where the
 * other programs keep it), `logs/` inside it, and `logs/` of the data folder; the last one when there is none yet.
 */
export async function findMetricsLog(
  location: RegistryLocation | undefined,
  world: Pick<World, 'dataDir'>,
): Promise<string> {
  const own = join(world.dataDir, 'logs', METRICS_FILE)
  if (location === undefined) return own
  const folder = await folderOf(location.path)
  const candidates = [join(dirname(folder), 'logs', METRICS_FILE), join(folder, 'logs', METRICS_FILE)]
  for (const candidate of candidates) if (await isThere(candidate)) return candidate
  return own
}

/** Newest event of each model in the log. Errors: NOT_FOUND, NOT_A_FILE, PERMISSION_DENIED, IO, CANCELLED. */
export async function readMetricsLog(path: string, signal?: AbortSignal): Promise<Result<FoldedMetrics>> {
  const fold = createMetricsFold()
  const sink = { line: fold.add, tail: fold.addLast, tooLong: fold.skip }
  const read = await readFileLines(path, sink, signal === undefined ? {} : { signal })
  return read.ok ? ok(fold.finish()) : read
}

/** Every event of the log in its order, for learning; of a very long log the newest ones. Errors as `readMetricsLog`. */
export async function readMetricsEvents(path: string, signal?: AbortSignal): Promise<Result<readonly MetricsEvent[]>> {
  const events: MetricsEvent[] = []
  const keep = (line: string): void => {
    const event = parseMetricsLine(line)
    if (event === undefined) return
    events.push(event)
    if (events.length > 2 * MAX_EVENTS) events.splice(0, MAX_EVENTS)
  }
  const read = await readFileLines(path, { line: keep, tail: keep }, signal === undefined ? {} : { signal })
  return read.ok ? ok(events.slice(-MAX_EVENTS)) : read
}

const MAX_EVENTS = 20_000

async function folderOf(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? path : dirname(path)
  } catch {
    // Not there (yet): the registry itself reports that.
    return path
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    // Any reason for not being readable means: not this one.
    return false
  }
}
