import { type Json } from '../domain/json'
import { fail, ok, type Result } from '../domain/result'
import { parseHumanInteger } from '../domain/units'

/** Keys of `generation_defaults` in the order of the format, with what each may hold. */
export const defaultSpecs = [
  { key: 'context_window', label: 'Context window', kind: 'count', hint: 'tokens' },
  { key: 'max_tokens', label: 'Most new tokens', kind: 'count', hint: 'tokens' },
  { key: 'min_tokens', label: 'Fewest new tokens', kind: 'count', hint: 'tokens' },
  { key: 'temperature', label: 'Temperature', kind: 'number', min: 0, max: 2, hint: '0 to 2' },
  { key: 'top_p', label: 'Top p', kind: 'number', min: 0, max: 1, hint: '0 to 1' },
  { key: 'top_k', label: 'Top k', kind: 'integer', min: -1, max: 1_000_000, hint: '-1 is off' },
  { key: 'frequency_penalty', label: 'Frequency penalty', kind: 'number', min: -2, max: 2, hint: '-2 to 2' },
  { key: 'presence_penalty', label: 'Presence penalty', kind: 'number', min: -2, max: 2, hint: '-2 to 2' },
  { key: 'stop_sequences', label: 'Stop sequences', kind: 'texts', hint: 'JSON list of texts' },
] as const
export type DefaultSpec = (typeof defaultSpecs)[number]
export type DefaultKey = DefaultSpec['key']
export const defaultKeys = defaultSpecs.map(({ key }) => key) as [DefaultKey, ...DefaultKey[]] // not empty, see above

/** What was typed for a generation default; `null` (nothing typed) takes the key out. BAD_VALUE names the range. */
export function parseDefault(key: DefaultKey, text: string): Result<Json> {
  const spec = specOf(key)
  const plain = text.trim()
  if (plain === '') return ok(null)
  switch (spec.kind) {
    case 'count': {
      const read = parseHumanInteger(plain.replaceAll(/[,\s]/g, ''))
      return read.ok && read.value < (key === 'min_tokens' ? 0 : 1)
        ? fail('BAD_VALUE', `${spec.label} must be above 0.`)
        : read
    }
    case 'number':
    case 'integer':
      return checkNumber(spec, Number(plain.replace('\u2212', '-')))
    case 'texts':
      return parseTexts(plain)
  }
}

/** Whether a value may stand under the key; `null` takes it out. */
export function checkDefault(key: DefaultKey, value: Json): Result<Json> {
  if (value === null) return ok(null)
  const spec = specOf(key)
  switch (spec.kind) {
    case 'count':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
        ? ok(value)
        : fail('BAD_VALUE', `${spec.label} must be a whole number.`)
    case 'number':
    case 'integer':
      return checkNumber(spec, typeof value === 'number' ? value : Number.NaN)
    case 'texts':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? ok(value as readonly string[]) // every item was looked at
        : fail('BAD_VALUE', 'Stop sequences are a list of texts.')
  }
}

/** The value as it is typed. */
export function defaultText(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function specOf(key: DefaultKey): DefaultSpec {
  const spec = defaultSpecs.find((one) => one.key === key)
  if (spec === undefined) throw new Error(`No generation default is called ${key}`) // the type closes the list
  return spec
}

function checkNumber(spec: Extract<DefaultSpec, { min: number }>, value: number): Result<Json> {
  const isWhole = spec.kind === 'number' || Number.isInteger(value)
  if (Number.isFinite(value) && isWhole && value >= spec.min && value <= spec.max) return ok(value)
  return fail('BAD_VALUE', `${spec.label} lies between ${spec.min} and ${spec.max}.`)
}

function parseTexts(text: string): Result<Json> {
  try {
    return checkDefault('stop_sequences', JSON.parse(text) as Json) // JSON.parse yields JSON
  } catch {
    return fail('BAD_VALUE', 'Stop sequences are a JSON list of texts.', { hint: 'Such as ["</s>", "User:"].' })
  }
}
