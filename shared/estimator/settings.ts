import { fail, type HeadroomError, ok, type Result } from '#shared/domain/result'
import { parseHumanInteger } from '#shared/domain/units'
import { type FlagLayer } from './request'
import { type EstimateResult } from './result'

/** A resolved setting. `asked` is true when somebody wrote it (a flag, `extra_args`, the page), false for a default. */
export interface Setting<T> {
  readonly value: T
  readonly source: string
  readonly asked: boolean
}

export type InputValues = Record<string, EstimateResult['inputs'][string]>

export interface NumberLimits {
  readonly minimum: number
  readonly maximum?: number
  /** The minimum itself is not allowed (`0 < utilisation`). */
  readonly isExclusive?: boolean
}

/** Reads flags out of layers (first layer wins) and remembers each value with its source; keeps the first error. */
export interface SettingsReader {
  readonly inputs: InputValues
  readonly warnings: string[]
  /** The flag as written, or undefined when no layer has it. */
  raw(flag: string): FoundFlag | undefined
  integer(flag: string, limits: NumberLimits): Setting<number> | undefined
  decimal(flag: string, limits: NumberLimits): Setting<number> | undefined
  text(flag: string): Setting<string> | undefined
  /** A switch: `--x`, `--no-x`, and the older `--x=False`. */
  toggle(flag: string): Setting<boolean> | undefined
  /** Records a value under its contract name (`max_model_len`) so that the result shows it. */
  record(name: string, setting: { readonly value: number | string | boolean | null; readonly source: string }): void
  refuse(error: HeadroomError): void
  finish<T>(value: T): Result<T>
}

/** A default with the reason why it applies; shown to the user as such. */
export function byDefault<T>(value: T, reason: string): Setting<T> {
  return { value, source: `default:${reason}`, asked: false }
}

export function createSettingsReader(layers: readonly FlagLayer[]): SettingsReader {
  const inputs: InputValues = {}
  const warnings: string[] = []
  let error: HeadroomError | undefined
  const refuse = (found: HeadroomError): void => {
    error ??= found
  }
  const flags = mergedFlags(layers)
  const raw: SettingsReader['raw'] = (flag) => flags.get(flag)
  const read = <T>(flag: string, parse: (text: string) => Result<T>): Setting<T> | undefined => {
    const found = raw(flag)
    if (found === undefined) return undefined
    const parsed = parse(found.text === true ? '' : found.text)
    if (parsed.ok) return { value: parsed.value, source: found.source, asked: true }
    refuse(parsed.error)
    return undefined
  }
  return {
    inputs,
    warnings,
    raw,
    refuse,
    integer: (flag, limits) => read(flag, (text) => parseInteger(flag, text, limits)),
    decimal: (flag, limits) => read(flag, (text) => parseDecimal(flag, text, limits)),
    text: (flag) => read(flag, (text) => parseText(flag, text)),
    toggle: (flag) => readToggle(flag, flags.get(flag), refuse),
    record: (name, setting) => {
      inputs[name] = { value: setting.value, source: setting.source }
    },
    finish: (value) => (error === undefined ? ok(value) : { ok: false, error }),
  }
}

/** A flag as written, and the layer it stands in. */
export interface FoundFlag {
  readonly text: string | true
  readonly source: string
}

/** All layers as one: the first that has a flag wins. `no-x` reads as `x` switched off. */
function mergedFlags(layers: readonly FlagLayer[]): ReadonlyMap<string, FoundFlag> {
  const merged = new Map<string, FoundFlag>()
  for (const { source, values } of layers) {
    for (const [name, text] of Object.entries(values)) {
      const isOff = name.startsWith('no-')
      const key = isOff ? name.slice(3) : name
      if (!merged.has(key)) merged.set(key, { text: isOff ? 'false' : text, source })
    }
  }
  return merged
}

/** The flag in the first layer that has it, as written. */
export function findFlag(layers: readonly FlagLayer[], flag: string): FoundFlag | undefined {
  return mergedFlags(layers).get(flag)
}

const TRUE_WORDS = new Set(['true', '1', 'yes', 'on'])
const FALSE_WORDS = new Set(['false', '0', 'no', 'off'])

function readToggle(
  flag: string,
  found: FoundFlag | undefined,
  refuse: (error: HeadroomError) => void,
): Setting<boolean> | undefined {
  if (found === undefined) return undefined
  const word = found.text === true ? 'true' : found.text.trim().toLowerCase()
  const isOn = TRUE_WORDS.has(word)
  if (!isOn && !FALSE_WORDS.has(word)) refuse(badValue(flag, word, 'it is a switch: on or off'))
  return { value: isOn, source: found.source, asked: true }
}

function badValue(flag: string, text: string, rule: string): HeadroomError {
  return {
    code: 'BAD_VALUE',
    message: `--${flag} is "${text}", but ${rule}.`,
    hint: `Change or remove --${flag}.`,
  }
}

function describeLimits(limits: NumberLimits): string {
  const low = limits.isExclusive === true ? `more than ${limits.minimum}` : `at least ${limits.minimum}`
  return limits.maximum === undefined ? low : `${low} and at most ${limits.maximum}`
}

function isWithin(value: number, limits: NumberLimits): boolean {
  if (limits.isExclusive === true ? value <= limits.minimum : value < limits.minimum) return false
  return limits.maximum === undefined || value <= limits.maximum
}

function parseInteger(flag: string, text: string, limits: NumberLimits): Result<number> {
  const parsed = parseHumanInteger(text)
  if (parsed.ok && isWithin(parsed.value, limits)) return parsed
  return { ok: false, error: badValue(flag, text, `it must be a whole number of ${describeLimits(limits)}`) }
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function parseDecimal(flag: string, text: string, limits: NumberLimits): Result<number> {
  const value = DECIMAL.test(text.trim()) ? Number(text) : Number.NaN
  if (Number.isFinite(value) && isWithin(value, limits)) return ok(value)
  return { ok: false, error: badValue(flag, text, `it must be a number of ${describeLimits(limits)}`) }
}

function parseText(flag: string, text: string): Result<string> {
  const value = text.trim()
  return value === '' ? fail('BAD_VALUE', `--${flag} has no value.`, { hint: `Write --${flag} VALUE.` }) : ok(value)
}
