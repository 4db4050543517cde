import { type JsonObject, ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { compareInstants, type MetricsEvent, parseMetricsLine } from './metrics-line'

/** The newest event of every model a log speaks of, gathered line by line in memory bounded by the number of models. */
export interface MetricsFold {
  /** One complete line, without its newline. Blank lines are ignored. */
  add(line: string): void
  /** The text after the last newline: used when whole, left for next time when not. */
  addLast(tail: string): void
  /** A line that could not even be read (too long). */
  skip(): void
  finish(): FoldedMetrics
}

export interface FoldedMetrics {
  /** In order of first appearance. */
  readonly events: readonly MetricsEvent[]
  readonly skippedLines: number
  /** True when the last line has no newline and is not whole yet. */
  readonly hasPartialTail: boolean
}

/** Newest by timestamp wins; of equal moments the later line. */
export function createMetricsFold(): MetricsFold {
  const newest = new Map<string, MetricsEvent>()
  let skippedLines = 0
  let hasPartialTail = false
  const keep = (event: MetricsEvent) => {
    if (isUnanswered(event)) return
    const key = JSON.stringify([event.model, event.servedModelId, event.backend, event.modelPath])
    const known = newest.get(key)
    if (known === undefined || compareInstants(event.instant, known.instant) >= 0) newest.set(key, event)
  }
  return {
    add(line) {
      if (line.trim() === '') return
      const event = parseMetricsLine(line)
      if (event === undefined) skippedLines += 1
      else keep(event)
    },
    addLast(tail) {
      if (tail.trim() === '') return
      const event = parseMetricsLine(tail)
      if (event === undefined) hasPartialTail = true
      else keep(event)
    },
    skip() {
      skippedLines += 1
    },
    finish: () => ({ events: [...newest.values()], skippedLines, hasPartialTail }),
  }
}

/** A server that was never reached, or a wait that was broken off, has measured nothing: what was measured before stays. */
const UNANSWERED: ReadonlySet<unknown> = new Set(['unreachable', 'interrupted', 'timeout'])

function isUnanswered({ metrics }: MetricsEvent): boolean {
  return ownValue(metrics, 'failure') !== undefined && UNANSWERED.has(ownValue(metrics, 'failure_kind'))
}

/** Folds a whole text. */
export function foldMetrics(text: string): FoldedMetrics {
  const fold = createMetricsFold()
  const lines = text.split('\n')
  const tail = lines.pop() ?? ''
  for (const line of lines) fold.add(line)
  fold.addLast(tail)
  return fold.finish()
}

export interface MatchedMetrics {
  readonly matches: readonly { readonly entry: RegistryEntry; readonly event: MetricsEvent }[]
  /** Model names of events that belong to no entry, or to several equally. */
  readonly unmatched: readonly string[]
}

/** Puts events to entries: by entry name, then served id, alias, path. One event an entry: the newest. */
export function matchMetrics(entries: readonly RegistryEntry[], events: readonly MetricsEvent[]): MatchedMetrics {
  const best = new Map<string, { entry: RegistryEntry; event: MetricsEvent }>()
  const unmatched = new Set<string>()
  const entryOf = entryFinder(entries)
  for (const event of events) {
    const entry = entryOf(event)
    if (entry === undefined) {
      unmatched.add(event.model)
      continue
    }
    const known = best.get(entry.id)
    if (known === undefined || compareInstants(event.instant, known.event.instant) >= 0) {
      best.set(entry.id, { entry, event })
    }
  }
  return { matches: [...best.values()], unmatched: [...unmatched] }
}

/** The entry to which one event belongs by the rule of `matchMetrics`; entries are looked through once. */
export function entryFinder(entries: readonly RegistryEntry[]): (event: MetricsEvent) => RegistryEntry | undefined {
  const index = indexEntries(entries)
  return (event) => findEntry(index, event)
}

interface EntryIndex {
  readonly names: Map<string, RegistryEntry[]>
  readonly servedIds: Map<string, RegistryEntry[]>
  readonly aliases: Map<string, RegistryEntry[]>
  readonly paths: Map<string, RegistryEntry[]>
}

function indexEntries(entries: readonly RegistryEntry[]): EntryIndex {
  const index: EntryIndex = { names: new Map(), servedIds: new Map(), aliases: new Map(), paths: new Map() }
  for (const entry of entries) {
    put(index.names, entry.name, entry)
    put(index.servedIds, words(entry.value, 'served_model_id'), entry)
    const aliases = ownValue(entry.value, 'model_aliases')
    if (Array.isArray(aliases)) for (const alias of aliases) put(index.aliases, alias, entry)
    put(index.paths, pathKey(words(entry.value, 'download_path')), entry)
    const backend = ownValue(entry.value, 'backend_config')
    if (typeof backend === 'object' && backend !== null && !Array.isArray(backend)) {
      put(index.paths, pathKey(words(backend as JsonObject, 'model_path')), entry) // neither null nor a list
    }
  }
  return index
}

function put(map: Map<string, RegistryEntry[]>, key: unknown, entry: RegistryEntry): void {
  if (typeof key !== 'string' || key === '' || key === 'None') return
  const list = map.get(key)
  if (list === undefined) map.set(key, [entry])
  else if (!list.includes(entry)) list.push(entry)
}

function words(value: JsonObject, key: string): string | undefined {
  const found = ownValue(value, key)
  return typeof found === 'string' ? found : undefined
}

/** Separators and a trailing slash do not make another path; `ollama:/x`, `ollama://x` and `ollama:x` are one tag. */
function pathKey(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const plain = path.replaceAll('\\', '/').replace(/\/+$/, '')
  return plain.replace(/^ollama:\/*/, 'ollama:')
}

function findEntry(index: EntryIndex, event: MetricsEvent): RegistryEntry | undefined {
  const named = index.names.get(event.model)
  // Rows of one name: the first is the one that the name means everywhere else.
  if (named !== undefined) return one(named, event) ?? named[0]
  const words = [event.servedModelId, event.model].filter((word) => word !== undefined)
  const paths = [event.modelPath, event.model, event.servedModelId].map(pathKey).filter((path) => path !== undefined)
  const steps = [
    [index.servedIds, words],
    [index.aliases, words],
    [index.paths, paths],
  ] as const
  for (const [map, keys] of steps) {
    for (const key of keys) {
      const found = map.get(key)
      if (found !== undefined) return one(found, event)
    }
  }
  return undefined
}

/** The only candidate, if need be the only one of the event's backend; several are nobody. */
function one(candidates: readonly RegistryEntry[], event: MetricsEvent): RegistryEntry | undefined {
  if (candidates.length === 1) return candidates[0]
  const same = candidates.filter((entry) => ownValue(entry.value, 'backend') === event.backend)
  return same.length === 1 ? same[0] : undefined
}
