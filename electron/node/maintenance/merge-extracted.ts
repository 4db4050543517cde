import { type ArchitectureMetadata, architectureFields } from '#shared/domain/architecture'
import { isJsonObject, type Json, type JsonObject, jsonEquals, ownValue } from '#shared/domain/json'
import { originKind } from '#shared/domain/provenance'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'

export interface ArchitectureChange {
  readonly field: string
  readonly before?: Json
  readonly after?: Json
}

export interface ExtractionPlan {
  readonly edits: readonly ValueEdit[]
  /** Without `collected_at`: when only that differs, nothing has changed. */
  readonly changes: readonly ArchitectureChange[]
  readonly isNew: boolean
}

const BOOKKEEPING = ['source', 'sources', 'field_sources', 'evidence', 'warnings'] as const
const PATH = ['metadata', 'architecture'] as const

/**
 * Edits that bring an entry's `metadata.architecture` to a fresh reading of its files. Values set by hand win and stay,
 * so do values from origins that this reading cannot see (support repository, Ollama), `runtime`, and unknown keys.
 * `now` becomes `collected_at`, only when something else changes or `force` is set.
 */
export function mergeExtracted(
  entry: RegistryEntry,
  extracted: ArchitectureMetadata,
  options: { readonly now: string; readonly force: boolean },
): ExtractionPlan {
  const metadata = ownValue(entry.value, 'metadata')
  const stored = isJsonObject(metadata) ? ownValue(metadata, 'architecture') : undefined
  const old = isJsonObject(stored) ? stored : undefined
  const fresh = keepOlder(toJson(extracted), old ?? {})
  const keys = [...architectureFields, ...BOOKKEEPING]
  const changed = keys.filter((key) => !jsonEquals(ownValue(old ?? {}, key), ownValue(fresh, key)))
  const changes = changed.map((field) => change(field, old, fresh))
  if (changed.length === 0 && !options.force) return { edits: [], changes: [], isNew: false }
  if (old === undefined) {
    return { edits: [{ path: PATH, value: { ...fresh, collected_at: options.now } }], changes, isNew: true }
  }
  const edits = changed.map((key) => ({ path: [...PATH, key], value: ownValue(fresh, key) }))
  return { edits: [...edits, { path: [...PATH, 'collected_at'], value: options.now }], changes, isNew: false }
}

/** Zod output holds only JSON; this drops `undefined` values and the fields that are not about the files. */
function toJson(extracted: ArchitectureMetadata): JsonObject {
  const { runtime: _runtime, collected_at: _collected, ...fields } = extracted
  return JSON.parse(JSON.stringify(fields)) as JsonObject // stringify of an object gives an object
}

function keepOlder(fresh: JsonObject, old: JsonObject): JsonObject {
  const oldSources = objectOf(ownValue(old, 'field_sources'))
  const values: Record<string, Json> = { ...fresh }
  const fieldSources: Record<string, Json> = { ...objectOf(ownValue(fresh, 'field_sources')) }
  const warnings = [...listOf(ownValue(fresh, 'warnings'))]
  for (const field of architectureFields) {
    const value = ownValue(old, field)
    const origin = ownValue(oldSources, field)
    if (value === undefined || typeof origin !== 'string') continue
    const kind = originKind(origin)
    const isUnseen = kind === 'support_repo' || kind === 'ollama'
    if (kind !== 'manual' && !(isUnseen && values[field] === undefined)) continue
    const read = ownValue(fresh, field)
    if (read !== undefined && !jsonEquals(read, value)) {
      warnings.push(
        `${field}: manual says ${JSON.stringify(value)}, the files say ${JSON.stringify(read)}; manual is used.`,
      )
    }
    values[field] = value
    fieldSources[field] = origin
  }
  const origins = [...new Set(Object.values(fieldSources))]
  const runtime = listOf(ownValue(old, 'sources')).filter(
    (item) => typeof item === 'string' && item.startsWith('runtime:'),
  )
  const sources = [...listOf(ownValue(fresh, 'sources'))]
  const kept = [...origins.filter((origin) => isKept(origin)), ...runtime]
  for (const origin of kept) if (!sources.includes(origin)) sources.push(origin)
  if (sources.length > 0) values['sources'] = sources
  if (Object.keys(fieldSources).length > 0) values['field_sources'] = fieldSources
  if (warnings.length > 0) values['warnings'] = warnings
  return values
}

function isKept(origin: Json): boolean {
  if (typeof origin !== 'string') return false
  return ['manual', 'support_repo', 'ollama'].includes(originKind(origin))
}

function change(field: string, old: JsonObject | undefined, fresh: JsonObject): ArchitectureChange {
  const before = old === undefined ? undefined : ownValue(old, field)
  const after = ownValue(fresh, field)
  return { field, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [] // Array.isArray widens a readonly list to any[]
}
