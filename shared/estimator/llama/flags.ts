import { type Sourced } from '#shared/domain/provenance'
import { fail, ok, type Result } from '#shared/domain/result'
import { parseHumanInteger } from '#shared/domain/units'
import { type FlagLayer } from '../request'

/** First value of a flag in the layers, under any of its names (canonical name first). */
export function readFlag(layers: readonly FlagLayer[], names: readonly string[]): Sourced<string | true> | undefined {
  for (const layer of layers) {
    for (const name of names) {
      const value = layer.values[name]
      if (value !== undefined) return { value, source: layer.source }
    }
  }
  return undefined
}

export interface IntegerFlag {
  readonly names: readonly string[]
  readonly minimum: number
  readonly maximum?: number
}

/** Whole number of a flag in vLLM's human forms too; absent stays absent, an unusable value is `BAD_VALUE`. */
export function readInteger(layers: readonly FlagLayer[], flag: IntegerFlag): Result<Sourced<number> | undefined> {
  const found = readFlag(layers, flag.names)
  if (found === undefined) return ok(undefined)
  const name = `--${flag.names[0] ?? ''}`
  if (found.value === true) return fail('BAD_VALUE', `${name} needs a number.`)
  const text = found.value.trim()
  const isNegative = /^-\d+$/.test(text)
  const parsed = isNegative ? ok(Number(text)) : parseHumanInteger(text)
  if (!parsed.ok) return fail('BAD_VALUE', `${name}: ${parsed.error.message}`, { hint: parsed.error.hint ?? '' })
  const maximum = flag.maximum ?? Number.MAX_SAFE_INTEGER
  if (parsed.value < flag.minimum || parsed.value > maximum) {
    return fail('BAD_VALUE', `${name} ${text} is out of range.`, { hint: `Use ${flag.minimum} to ${maximum}.` })
  }
  return ok({ value: parsed.value, source: found.source })
}

const YES = new Set(['true', 'on', '1', 'yes', 'enabled'])
const NO = new Set(['false', 'off', '0', 'no', 'disabled'])

/** A switch: bare, with a word, or in its `no-` form. `auto` counts as not given. */
export function readSwitch(
  layers: readonly FlagLayer[],
  names: readonly string[],
): Result<Sourced<boolean> | undefined> {
  const negative = names.map((name) => `no-${name}`)
  for (const layer of layers) {
    const positive = readFlag([layer], names)
    if (positive !== undefined) return switchValue(positive, names[0] ?? '')
    const off = readFlag([layer], negative)
    if (off !== undefined) {
      const value = switchValue(off, negative[0] ?? '')
      if (!value.ok || value.value === undefined) return value
      return ok({ value: !value.value.value, source: off.source })
    }
  }
  return ok(undefined)
}

function switchValue(found: Sourced<string | true>, name: string): Result<Sourced<boolean> | undefined> {
  if (found.value === true) return ok({ value: true, source: found.source })
  const word = found.value.trim().toLowerCase()
  if (word === 'auto' || word === '-1' || word === '') return ok(undefined)
  if (YES.has(word)) return ok({ value: true, source: found.source })
  if (NO.has(word)) return ok({ value: false, source: found.source })
  return fail('BAD_VALUE', `--${name} cannot be "${found.value}".`, { hint: 'Use on or off.' })
}
