import { type ArchitectureMetadata, architectureSchema } from '../domain/architecture'
import { isJsonObject, type Json, type JsonObject } from '../domain/json'
import { describeValue, isDeeperThan } from './foreign-values'
import { majoritySource } from './origins'

export interface StoredArchitecture {
  readonly architecture: ArchitectureMetadata
  /** What was dropped and why, in plain words; never stops the rest from being read. */
  readonly warnings: readonly string[]
}

/** Fields for which `null` is a statement ("not stated anywhere"), not an absence. */
const nullIsAValue: ReadonlySet<string> = new Set(['kv_precision', 'attention_precision'])
/** Deeper values than this are no architecture; checking them could exhaust the stack. */
const MAX_DEPTH = 24
const fieldSchemas = architectureSchema.shape

/**
 * `metadata.architecture` as any program ever wrote it: absolute paths in origins, `config:<path>:text_config`,
 * `params_billion`, a missing `source`, nulls inside `vision`, wrong types. Every field is judged alone: a bad one is
 * dropped with a warning, unknown keys stay. Origin strings are kept verbatim (`originKind` understands the old ones).
 */
export function parseStoredArchitecture(value: unknown): StoredArchitecture {
  if (value === undefined || value === null) return { architecture: {}, warnings: [] }
  if (!isJsonObject(value)) return { architecture: {}, warnings: ['metadata.architecture is not an object; ignored.'] }
  const warnings: string[] = []
  const fields: Record<string, unknown> = {}
  for (const [key, raw] of Object.entries(value)) {
    if (key === '__proto__') continue
    const parsed = parseField(key, raw, warnings)
    if (parsed !== undefined) fields[key] = parsed
  }
  // Field by field the values were checked against the schema; this only restores the static type.
  const checked = architectureSchema.safeParse(fields)
  if (!checked.success) return { architecture: {}, warnings: [...warnings, 'metadata.architecture is unreadable.'] }
  const architecture = checked.data
  const source = architecture.source ?? majoritySource(architecture.field_sources ?? {})
  return { architecture: source === undefined ? architecture : { ...architecture, source }, warnings }
}

function parseField(key: string, raw: unknown, warnings: string[]): unknown {
  if (!Object.hasOwn(fieldSchemas, key)) return raw
  if (raw === null && !nullIsAValue.has(key)) return undefined
  if (isDeeperThan(raw, MAX_DEPTH)) {
    warnings.push(`metadata.architecture.${key} is nested too deeply and is ignored.`)
    return undefined
  }
  const schema = fieldSchemas[key as keyof typeof fieldSchemas] // key was found in the schema one line above
  const direct = schema.safeParse(raw)
  if (direct.success) return direct.data
  const repaired = isJsonObject(raw) ? parseParts(key, raw, warnings) : undefined
  if (repaired !== undefined) {
    const second = schema.safeParse(repaired)
    if (second.success) return second.data
  }
  warnings.push(`metadata.architecture.${key} has an unexpected value and is ignored: ${describeValue(raw as Json)}`)
  return undefined
}

/** Keeps the readable parts of an object field (`vision`, `mla`, `moe`, `field_sources`, ...); `undefined` when none is left. */
function parseParts(key: string, raw: JsonObject, warnings: string[]): JsonObject | undefined {
  const schema = fieldSchemas[key as keyof typeof fieldSchemas] // called for schema keys only
  const kept: [string, JsonObject[string]][] = []
  for (const [name, part] of Object.entries(raw)) {
    if (part === null || name === '__proto__') continue
    const isGood = !blames(schema.safeParse({ [name]: part }), name)
    if (isGood) kept.push([name, part])
    else
      warnings.push(
        `metadata.architecture.${key}.${name} has an unexpected value and is ignored: ${describeValue(part)}`,
      )
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

function blames(
  result: { success: boolean; error?: { issues: readonly { path: readonly PropertyKey[] }[] } },
  name: string,
): boolean {
  return !result.success && (result.error?.issues.some((issue) => issue.path[0] === name) ?? false)
}
