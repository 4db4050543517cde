import { join } from 'node:path'
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { parse as parseYaml } from 'yaml'
import { type RawDocument } from '#shared/architecture/raw'
import { type Json } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { describeForeignStart } from '#shared/library/foreign-start'
import { readFully, readSteadyFile } from '../library/open-regular-file'
import { faultResult, ReadFault } from '../library/read-fault'

const MIB = 2 ** 20
/** Deepest nesting of a real config is about 8. */
const MAX_DEPTH = 64

export interface DocumentLimits {
  readonly maxBytes: number
}

/** The largest real config.json is below 200 KB (long `ignore` lists of quantised models reach 1 MB). */
export const configLimits: DocumentLimits = { maxBytes: 8 * MIB }
/** A tokenizer_config.json may list every added token. */
export const tokenizerLimits: DocumentLimits = { maxBytes: 32 * MIB }
/** 200,000 tensors at about 150 bytes each. */
export const indexLimits: DocumentLimits = { maxBytes: 64 * MIB }

export interface ParsedDocument {
  readonly json: Json
  /** `NaN` and `Infinity` were read as null. */
  readonly hasPythonNumbers: boolean
}

/**
 * Reads `root/file` as JSON. Tolerates a byte order mark and Python's `NaN` and `Infinity` (read as null: absent);
 * anything else that is not JSON is BAD_JSON with the byte offset, other encodings BAD_ENCODING.
 */
export function readJsonDocument(
  root: string,
  file: string,
  limits = configLimits,
): Result<RawDocument & ParsedDocument> {
  const text = readTextFile(join(root, file), limits)
  if (!text.ok) return text
  const parsed = parseJsonText(text.value, join(root, file))
  return parsed.ok ? ok({ file, ...parsed.value }) : parsed
}

/** Reads `root/file` as YAML (quantisation recipes). Aliases are limited, so that a bomb cannot unfold. */
export function readYamlDocument(root: string, file: string): Result<RawDocument> {
  const path = join(root, file)
  const text = readTextFile(path, { maxBytes: MIB })
  if (!text.ok) return text
  const parsed = parseYamlText(text.value, path)
  return parsed.ok ? ok({ file, json: parsed.value }) : parsed
}

/** YAML text as plain JSON values; what JSON cannot hold is BAD_VALUE. */
export function parseYamlText(text: string, path: string): Result<Json> {
  let value: unknown
  try {
    value = parseYaml(text, { maxAliasCount: 20, prettyErrors: false, logLevel: 'error' })
  } catch (error) {
    return fail('BAD_VALUE', `This is not valid YAML: ${error instanceof Error ? error.message : 'unreadable'}.`, {
      hint: 'Download the file again.',
      path,
    })
  }
  const json = toJson(value, 0)
  if (json !== undefined) return ok(json)
  return fail('BAD_VALUE', 'This YAML file holds something that is not plain data.', {
    path,
    hint: 'Download it again.',
  })
}

/** A decoded text file: regular, within `maxBytes`, UTF-8, without byte order mark. */
export function readTextFile(path: string, { maxBytes }: DocumentLimits): Result<string> {
  const bytes = readSteadyFile(path, (file) => {
    if (file.bytes > maxBytes) {
      throw new ReadFault('LIMIT', `This file is ${file.bytes} bytes long; at most ${maxBytes} are read.`, {
        hint: 'No known model has such a file; check what it is.',
      })
    }
    if (file.bytes === 0) {
      throw new ReadFault('EMPTY_FILE', 'This file is empty.', { offset: 0, hint: 'Download it again.' })
    }
    const content = new Uint8Array(file.bytes)
    const done = readFully(file.descriptor, content, 0)
    return content.subarray(0, done)
  })
  if (!bytes.ok) return bytes
  try {
    return ok(decodeUtf8(bytes.value))
  } catch (thrown) {
    return faultResult(thrown, path)
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const hint = 'Save it as UTF-8, or download it again.'
  if (isUtf16) throw new ReadFault('BAD_ENCODING', 'This file is UTF-16, not UTF-8.', { offset: 0, hint })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ReadFault('BAD_ENCODING', 'This file is not text in UTF-8.', { hint })
  }
}

/** JSON text to a value, with the two tolerances of `readJsonDocument`. */
export function parseJsonText(text: string, path: string): Result<ParsedDocument> {
  const first = tryParse(text)
  if (first !== undefined) return checkDepth({ json: first, hasPythonNumbers: false }, path)
  const mended = replacePythonNumbers(text)
  const second = mended === text ? undefined : tryParse(mended)
  if (second !== undefined) return checkDepth({ json: second, hasPythonNumbers: true }, path)
  return badJson(text, path)
}

/** `undefined` is no JSON value, so it can stand for "not JSON". */
function tryParse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json // JSON.parse yields nothing but JSON values
  } catch {
    return undefined
  }
}

/**
 * `NaN`, `Infinity`, `-Infinity` outside of strings to `null`. Steps from quote to quote: one regular expression for
 * strings and words together takes quadratic time on a text of unclosed quotes.
 */
function replacePythonNumbers(text: string): string {
  const parts: string[] = []
  let at = 0
  while (at < text.length) {
    const quote = text.indexOf('"', at)
    const outside = text.slice(at, quote === -1 ? undefined : quote)
    parts.push(outside.replace(/-?\b(?:NaN|Infinity)\b/g, 'null'))
    if (quote === -1) break
    at = endOfString(text, quote)
    parts.push(text.slice(quote, at))
  }
  return parts.join('')
}

/** Index behind the closing quote of the string that begins at `start`; the end of the text when it is not closed. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0
    while (text[quote - 1 - escapes] === '\\') escapes += 1
    if (escapes % 2 === 0) return quote + 1
  }
  return text.length
}

function badJson(text: string, path: string): Result<never> {
  const foreign = describeForeignStart(Buffer.from(text.slice(0, 512), 'utf8'))
  if (foreign !== undefined && foreign.kind !== 'json') {
    return fail('BAD_JSON', foreign.message, { hint: foreign.hint, offset: 0, path })
  }
  const errors = text.length <= MIB ? placesOfErrors(text) : []
  if (errors === 'too deep') return tooDeep(path)
  const [first] = errors
  const where = first === undefined ? {} : { offset: Buffer.byteLength(text.slice(0, first.offset), 'utf8') }
  const what = first === undefined ? '' : ` (${printParseErrorCode(first.error)})`
  return fail('BAD_JSON', `This file is not valid JSON${what}.`, {
    ...where,
    hint: 'Download it again, or correct it at the given offset.',
    path,
  })
}

/** The parser that knows the places calls itself for each level, so that a hostile text can use up its stack. */
function placesOfErrors(text: string): readonly ParseError[] | 'too deep' {
  const errors: ParseError[] = []
  try {
    parse(text, errors)
    return errors
  } catch (error) {
    if (error instanceof RangeError) return 'too deep'
    throw error
  }
}

function checkDepth(document: ParsedDocument, path: string): Result<ParsedDocument> {
  return isDeeperThan(document.json, MAX_DEPTH) ? tooDeep(path) : ok(document)
}

function tooDeep(path: string): Result<never> {
  return fail('LIMIT', `This file is nested more than ${MAX_DEPTH} levels deep.`, {
    path,
    hint: 'No known model has such a file; it is damaged or made to harm.',
  })
}

/** Recursion stops at the limit, so the stack is safe from any document. */
function isDeeperThan(json: Json, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return false
  if (levels < 0) return true
  const children: readonly Json[] = Array.isArray(json) ? json : Object.values(json)
  return children.some((child) => isDeeperThan(child, levels - 1))
}

/** Plain data only; non-finite numbers become null as in JSON files, other objects are refused (`undefined`). */
function toJson(value: unknown, depth: number): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (depth > MAX_DEPTH) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item) => toJson(item, depth + 1))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return undefined
  const pairs: [string, Json][] = []
  for (const [key, item] of Object.entries(value)) {
    const json = toJson(item, depth + 1)
    if (json === undefined) return undefined
    pairs.push([key, json])
  }
  return Object.fromEntries(pairs)
}
