import { isJsonObject, type Json } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'

/** How a JSON file is written, so that new text looks like the text around it. */
export interface TextStyle {
  /** One level of indentation. */
  readonly unit: string
  readonly eol: '\n' | '\r\n'
  /** Non-ASCII text is written as `\uXXXX`. */
  readonly isAsciiOnly: boolean
  /** Objects are spread over lines. */
  readonly isMultiline: boolean
  /** Between items on one line. */
  readonly comma: string
  readonly colon: string
}

/** The style of the format notes: two spaces, LF. */
export const houseStyle: TextStyle = {
  unit: '  ',
  eol: '\n',
  isAsciiOnly: false,
  isMultiline: true,
  comma: ', ',
  colon: ': ',
}

/** Reads the style off a file; what a file does not show is taken from the house style. */
export function detectStyle(text: string): TextStyle {
  const indent = /^\s*\[\s*?\r?\n([ \t]+)\S/.exec(text)?.[1]
  const isMultiline = text.trim().includes('\n') || text.trim().length < 5
  const isTight = !isMultiline && /[,:]["[{\d]/.test(text) && !/[,:] ["[{\d]/.test(text)
  return {
    unit: indent ?? houseStyle.unit,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    isAsciiOnly: /\\u(?:00[89a-f]|0[1-9a-f]|[1-9a-f])/i.test(text) && !hasNonAscii(text),
    isMultiline,
    comma: isTight ? ',' : ', ',
    colon: isTight ? ':' : ': ',
  }
}

function hasNonAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return true
  return false
}

/** A value as JSON text. `indent` is that of the line on which it starts; `undefined` writes it on one line. */
export function renderJson(value: Json, indent: string | undefined, style: TextStyle): string {
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => renderJson(item, deeper(indent, style), style)) // array of JSON
    return wrap(['[', ']'], items, { indent, style })
  }
  if (isJsonObject(value)) {
    const items = Object.entries(value).map(
      ([key, item]) => quoteJson(key, style) + style.colon + renderJson(item, deeper(indent, style), style),
    )
    return wrap(['{', '}'], items, { indent, style })
  }
  return typeof value === 'string' ? quoteJson(value, style) : JSON.stringify(value)
}

/** Joins rendered items in brackets, one a line unless `indent` is undefined. */
export function wrap(
  [open, close]: readonly [string, string],
  items: readonly string[],
  { indent, style }: { indent: string | undefined; style: TextStyle },
): string {
  if (items.length === 0) return open + close
  if (indent === undefined) return open + items.join(style.comma) + close
  const inner = style.eol + indent + style.unit
  return open + inner + items.join(`,${inner}`) + style.eol + indent + close
}

export function deeper(indent: string | undefined, style: TextStyle): string | undefined {
  return indent === undefined ? undefined : indent + style.unit
}

/** A JSON string literal; non-ASCII escaped when the file does so. */
export function quoteJson(text: string, style: TextStyle): string {
  const quoted = JSON.stringify(text)
  if (!style.isAsciiOnly) return quoted
  return quoted.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Whether a value can be written: finite numbers, whole characters, plain data. BAD_VALUE names what is wrong. */
export function checkWritable(value: unknown): Result<Json> {
  const problem = findProblem(value, 0)
  if (problem !== undefined) return fail('BAD_VALUE', `A value cannot be written: ${problem}.`)
  return ok(value as Json) // findProblem went through every part
}

function findProblem(value: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return 'it is nested too deeply'
  switch (typeof value) {
    case 'boolean':
      return undefined
    case 'string':
      return /\p{Surrogate}/u.test(value) ? 'a text holds half a character (a lone surrogate)' : undefined
    case 'number':
      return Number.isFinite(value) ? undefined : `${value} is not a number that JSON knows`
    case 'object':
      if (value === null) return undefined
      if (Array.isArray(value)) return firstProblem(value, depth)
      if (!isPlain(value)) return 'it is not plain data'
      return firstProblem(Object.keys(value), depth) ?? firstProblem(Object.values(value), depth)
    default:
      return `${typeof value} is not JSON`
  }
}

function firstProblem(values: readonly unknown[], depth: number): string | undefined {
  for (const value of values) {
    const problem = findProblem(value, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Deeper nesting than this is refused on reading and writing. */
export const MAX_DEPTH = 1000
