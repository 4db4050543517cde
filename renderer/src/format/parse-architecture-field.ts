import { type ArchitectureField, architectureSchema } from '#shared/domain/architecture'
import { type Json } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { gibToBytes, parseHumanInteger } from '#shared/domain/units'
import { formatGib } from './numbers'

type FieldKind = 'count' | 'number' | 'bytes' | 'text' | 'json'

/** How a field is typed: structures as JSON, sizes in GiB, everything else as it is written in configs. */
export function fieldKind(field: ArchitectureField): FieldKind {
  switch (field) {
    case 'weights_bytes':
    case 'vision_weights_bytes':
      return 'bytes'
    case 'rope_theta':
    case 'quantization_bits':
      return 'number'
    case 'layer_groups':
    case 'mla':
    case 'moe':
    case 'vision':
    case 'rope_scaling':
      return 'json'
    case 'family':
    case 'kind':
    case 'dtype':
    case 'quantization':
    case 'attention_precision':
    case 'kv_precision':
      return 'text'
    default:
      return 'count'
  }
}

/** Reads what was typed over a field; the value fits the field's schema. BAD_VALUE says what is wrong. */
export function parseArchitectureField(field: ArchitectureField, text: string): Result<Json> {
  const read = readText(fieldKind(field), text.trim())
  if (!read.ok) return read
  const parsed = architectureSchema.shape[field].safeParse(read.value)
  if (parsed.success) return read
  const [issue] = parsed.error.issues
  const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`
  return fail('BAD_VALUE', `That does not fit${where}: ${issue?.message ?? 'the value is not usable'}.`)
}

/** The value as it is typed. */
export function architectureFieldText(field: ArchitectureField, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (fieldKind(field) === 'bytes' && typeof value === 'number') return formatGib(value, 3).replaceAll(',', '')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Unit behind the input. */
export function fieldUnit(field: ArchitectureField): string | undefined {
  if (fieldKind(field) === 'bytes') return 'GiB'
  return fieldKind(field) === 'json' ? 'JSON' : undefined
}

function readText(kind: FieldKind, text: string): Result<Json> {
  if (text === '') return fail('BAD_VALUE', 'A value is needed.')
  const plain = text.replaceAll(/[,\s]/g, '')
  switch (kind) {
    case 'count':
      return parseHumanInteger(plain)
    case 'number':
      return Number(plain) > 0 ? ok(Number(plain)) : fail('BAD_VALUE', `"${text}" is not a number above 0.`)
    case 'bytes':
      return parseSize(text)
    case 'text':
      return ok(text)
    case 'json':
      try {
        return ok(JSON.parse(text) as Json) // JSON.parse yields JSON
      } catch (error) {
        return fail('BAD_VALUE', `That is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
      }
  }
}

const SIZE = /^([\d.,]+)\s*(GiB|MiB|GB|MB|B|bytes)?$/i
const FACTORS: Readonly<Record<string, number>> = { gib: 2 ** 30, mib: 2 ** 20, gb: 1e9, mb: 1e6, b: 1, bytes: 1 }

function parseSize(text: string): Result<number> {
  const [, digits = '', unit] = SIZE.exec(text) ?? []
  const amount = Number(digits.replaceAll(',', ''))
  if (digits === '' || !(amount > 0)) {
    return fail('BAD_VALUE', `"${text}" is not a size.`, { hint: 'Write GiB, such as 15.3, or bytes with B.' })
  }
  return ok(unit === undefined ? gibToBytes(amount) : Math.round(amount * (FACTORS[unit.toLowerCase()] ?? 1)))
}
