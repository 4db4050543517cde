import { followLayout } from '../architecture/follow-layout'
import { parseStoredArchitecture } from '../architecture/parse-stored'
import {
  type ArchitectureField,
  type ArchitectureMetadata,
  architectureFields,
  architectureSchema,
} from '../domain/architecture'
import { isJsonObject, type Json, type JsonObject, jsonEquals, ownValue } from '../domain/json'
import { originKind } from '../domain/provenance'
import { type RegistryEntry, type ValueEdit } from '../domain/registry'
import { fail, ok, type Result } from '../domain/result'

export interface Override {
  readonly field: ArchitectureField
  readonly value: Json
  /** Why, in the person's words. */
  readonly note?: string
  /** ISO 8601 UTC. */
  readonly at: string
}

const PATH = ['metadata', 'architecture'] as const

/**
 * Edits that set one architecture field by hand: the value, its origin `manual`, and what stood there before with the
 * note, so that it can be taken back. The cache layout follows heads, head dimension and layers. BAD_VALUE when the
 * value does not fit the field.
 */
export function planOverride(entry: RegistryEntry, override: Override): Result<readonly ValueEdit[]> {
  const { field, value, note, at } = override
  const parsed = architectureSchema.shape[field].safeParse(value)
  if (!parsed.success || parsed.data === undefined || parsed.data === null) {
    return fail('BAD_VALUE', `That is not a value for ${field}: ${parsed.error?.issues[0]?.message ?? 'it is empty'}.`)
  }
  const stored = storedOf(entry)
  const stated = parseStoredArchitecture(stored).architecture
  const edits = [...setByHand(stored, { field, value, record: { at, ...(note !== undefined && { note }) } })]
  // The field was checked against its own schema above.
  const layout = followLayout(stated, { ...stated, [field]: parsed.data } as ArchitectureMetadata, field)
  if (layout !== undefined && isFollowing(stored, field) && !jsonEquals(layout as Json, stated.layer_groups as Json)) {
    edits.push(...setByHand(stored, { field: 'layer_groups', value: layout as Json, record: { at, follows: field } }))
  }
  return ok([...edits, ...originEdits(stored)])
}

/**
 * Edits that take a value set by hand back: what stood there before returns with its origin, or the field goes.
 * BAD_REQUEST when the field is not set by hand.
 */
export function planRestore(entry: RegistryEntry, field: ArchitectureField): Result<readonly ValueEdit[]> {
  const stored = storedOf(entry)
  if (!isManual(stored, field)) return fail('BAD_REQUEST', `${field} is not set by hand.`)
  const followers = architectureFields.filter((one) => ownValue(recordOf(stored, one), 'follows') === field)
  const gone = [field, ...followers]
  const edits = gone.flatMap((one) => backToBefore(stored, one))
  const left = Object.keys(objectAt(stored, 'overrides')).filter((key) => !gone.some((one) => one === key))
  if (left.length === 0 && ownValue(stored, 'overrides') !== undefined) {
    edits.push({ path: [...PATH, 'overrides'], value: undefined })
  }
  return ok([...edits, ...warningEdits(stored, gone), ...withoutManual(stored, gone)])
}

interface HandValue {
  readonly field: ArchitectureField
  readonly value: Json
  readonly record: JsonObject
}

function setByHand(stored: JsonObject, { field, value, record }: HandValue): readonly ValueEdit[] {
  const earlier = recordOf(stored, field)
  const isFirst = !isManual(stored, field)
  const before = isFirst ? ownValue(stored, field) : ownValue(earlier, 'before')
  const source = isFirst ? ownValue(objectAt(stored, 'field_sources'), field) : ownValue(earlier, 'before_source')
  const kept = { ...(before !== undefined && { before }), ...(source !== undefined && { before_source: source }) }
  return [
    { path: [...PATH, field], value },
    { path: [...PATH, 'field_sources', field], value: 'manual' },
    { path: [...PATH, 'overrides', field], value: { ...record, ...kept } },
  ]
}

/** The layout follows unless somebody set it by hand for its own sake. */
function isFollowing(stored: JsonObject, field: ArchitectureField): boolean {
  if (!isManual(stored, 'layer_groups')) return true
  return ownValue(recordOf(stored, 'layer_groups'), 'follows') === field
}

function originEdits(stored: JsonObject): readonly ValueEdit[] {
  const sources = ownValue(stored, 'sources')
  const list: readonly Json[] = Array.isArray(sources) ? sources : []
  return [
    ...(list.includes('manual') ? [] : [{ path: [...PATH, 'sources'], value: [...list, 'manual'] }]),
    ...(ownValue(stored, 'source') === undefined && list.length === 0
      ? [{ path: [...PATH, 'source'], value: 'manual' }]
      : []),
  ]
}

function backToBefore(stored: JsonObject, field: ArchitectureField): ValueEdit[] {
  const record = recordOf(stored, field)
  return [
    { path: [...PATH, field], value: ownValue(record, 'before') },
    { path: [...PATH, 'field_sources', field], value: ownValue(record, 'before_source') },
    { path: [...PATH, 'overrides', field], value: undefined },
  ]
}

/** A re-extraction warns that the files disagree with a value by hand; without the value the warning is moot. */
function warningEdits(stored: JsonObject, gone: readonly string[]): readonly ValueEdit[] {
  const warnings = ownValue(stored, 'warnings')
  if (!Array.isArray(warnings)) return []
  const isMoot = (text: Json): boolean => gone.some((field) => String(text).startsWith(`${field}: manual says`))
  const left = (warnings as readonly Json[]).filter((text) => !isMoot(text)) // array of JSON
  if (left.length === warnings.length) return []
  return [{ path: [...PATH, 'warnings'], value: left.length === 0 ? undefined : left }]
}

function withoutManual(stored: JsonObject, gone: readonly string[]): readonly ValueEdit[] {
  const rest = Object.entries(objectAt(stored, 'field_sources')).filter(([key]) => !gone.includes(key))
  if (rest.some(([, origin]) => typeof origin === 'string' && originKind(origin) === 'manual')) return []
  const sources = ownValue(stored, 'sources')
  const list: readonly Json[] = Array.isArray(sources) ? sources : []
  const left = list.filter((origin) => origin !== 'manual')
  return [
    ...(left.length === list.length
      ? []
      : [{ path: [...PATH, 'sources'], value: left.length === 0 ? undefined : left }]),
    ...(ownValue(stored, 'source') === 'manual' ? [{ path: [...PATH, 'source'], value: undefined }] : []),
  ]
}

function isManual(stored: JsonObject, field: ArchitectureField): boolean {
  const origin = ownValue(objectAt(stored, 'field_sources'), field)
  return typeof origin === 'string' && originKind(origin) === 'manual'
}

function recordOf(stored: JsonObject, field: ArchitectureField): JsonObject {
  return objectAt(objectAt(stored, 'overrides'), field)
}

function storedOf(entry: RegistryEntry): JsonObject {
  return objectAt(objectAt(entry.value, 'metadata'), 'architecture')
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = ownValue(object, key)
  return isJsonObject(value) ? value : {}
}
