import { isJsonObject, type Json, type JsonObject, jsonEquals, ownValue } from '#shared/domain/json'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'
import { engineOfBackend } from '#shared/estimator-request/engine-of'
import { type MetricsEvent } from './metrics-line'

export interface RuntimeChange {
  readonly field: string
  readonly before?: Json
  readonly after?: Json
}

export interface RuntimePlan {
  /** Empty when the entry already says so. */
  readonly edits: readonly ValueEdit[]
  readonly changes: readonly RuntimeChange[]
}

const RUNTIME = ['metadata', 'architecture', 'runtime'] as const
const SOURCES = ['metadata', 'architecture', 'sources'] as const

/**
 * What an event makes of an entry: `metadata.architecture.runtime` holds the metrics flat beside
 * `extra_args_snapshot`, `observed_at` and `source`; keys no longer observed go; `runtime:<engine>` stands in `sources`.
 * No other field is touched. Applying the same event again changes nothing.
 */
export function applyRuntime(entry: RegistryEntry, event: MetricsEvent): RuntimePlan {
  const architecture = objectAt(objectAt(entry.value, 'metadata'), 'architecture')
  const before = objectAt(architecture, 'runtime')
  const after = runtimeOf(event)
  const edits: ValueEdit[] = []
  const changes: RuntimeChange[] = []
  for (const key of new Set([...Object.keys(before ?? {}), ...Object.keys(after)])) {
    const old = before === undefined ? undefined : ownValue(before, key)
    const value = ownValue(after, key)
    if (jsonEquals(old, value)) continue
    edits.push({ path: [...RUNTIME, key], value })
    changes.push({
      field: `runtime.${key}`,
      ...(old !== undefined && { before: old }),
      ...(value !== undefined && { after: value }),
    })
  }
  // A first runtime is one object, written at once and in one place of the file.
  const written = before === undefined && edits.length > 0 ? [{ path: RUNTIME, value: after }] : edits
  const sources = sourcesOf(architecture, event)
  return {
    edits: sources === undefined ? written : [...written, { path: SOURCES, value: sources.after }],
    changes: sources === undefined ? changes : [...changes, { field: 'sources', ...sources }],
  }
}

/** Engine name in origin strings: `vllm`, `llama.cpp`, `ollama`, or the backend as the event calls it. */
export function runtimeOrigin(event: MetricsEvent): string {
  const backend = event.backend ?? 'unknown'
  return `runtime:${engineOfBackend(backend) ?? backend}`
}

function runtimeOf(event: MetricsEvent): JsonObject {
  // Null says "not observed": absent is absent. A key named __proto__ would not be a metric of anything.
  const metrics = Object.entries(event.metrics).filter(([key, value]) => value !== null && key !== '__proto__')
  return {
    ...Object.fromEntries(metrics),
    ...(event.extraArgs !== undefined && { extra_args_snapshot: event.extraArgs }),
    observed_at: event.timestamp,
    source: event.source ?? runtimeOrigin(event),
  }
}

function sourcesOf(
  architecture: JsonObject | undefined,
  event: MetricsEvent,
): { before?: Json; after: Json } | undefined {
  const origin = runtimeOrigin(event)
  const listed = architecture === undefined ? undefined : ownValue(architecture, 'sources')
  const old = Array.isArray(listed) ? (listed as readonly Json[]) : [] // Array.isArray widens a readonly list to any[]
  const others = old.filter((item) => typeof item !== 'string' || !item.startsWith('runtime:') || item === origin)
  const after = others.includes(origin) ? others : [...others, origin]
  if (jsonEquals(listed, after)) return undefined
  return listed === undefined ? { after } : { before: listed, after }
}

function objectAt(value: JsonObject | undefined, key: string): JsonObject | undefined {
  const found = value === undefined ? undefined : ownValue(value, key)
  return isJsonObject(found) ? found : undefined
}
