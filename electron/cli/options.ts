import { fail, ok, type Result } from '#shared/domain/result'
import { parseHumanInteger } from '#shared/domain/units'
import { type CliOptions } from './command'

/** Text of an option, or `undefined` when it was not given. */
export function textOption(options: CliOptions, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

export function isSet(options: CliOptions, name: string): boolean {
  return options[name] === true
}

/** Values of an option that may be repeated. */
export function textsOption(options: CliOptions, name: string): readonly string[] {
  const value = options[name]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** A whole number in the engines' human form. Error: USAGE. */
export function integerOption(options: CliOptions, name: string, flag: string): Result<number | undefined> {
  const text = textOption(options, name)
  if (text === undefined) return ok(undefined)
  const value = parseHumanInteger(text)
  return value.ok ? value : usage(`${flag}: ${value.error.message}`, value.error.hint)
}

export function usage(message: string, hint?: string): ReturnType<typeof fail> {
  return fail('USAGE', message, hint === undefined ? {} : { hint })
}

/** An unusable value that came from the command line is wrong usage, whatever part of the program noticed. */
export function asUsage<T>(result: Result<T>): Result<T> {
  if (result.ok || result.error.code !== 'BAD_VALUE') return result
  return { ok: false, error: { ...result.error, code: 'USAGE' } }
}

/** Collects a repeatable option. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value]
}
