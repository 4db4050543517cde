import { fail, ok, type Result } from '#shared/domain/result'
import { type ParsedRows, parseRows, stringEnd } from './parse-rows'
import { type Span } from './text-edit'
import { MAX_DEPTH } from './text-style'

export interface ScannedDocument extends ParsedRows {
  /** Place of every row in the text. */
  readonly spans: readonly Span[]
  /** Keys that stand twice in one object: `row 3: "port"`. The last one counts, as everywhere. */
  readonly duplicateKeys: readonly string[]
}

/**
 * Parses one registry file and finds where each row stands. The text is without byte order mark.
 * Errors: EMPTY_FILE, those of `parseRows`, LIMIT.
 */
export function scanDocument(text: string): Result<ScannedDocument> {
  if (/^[\s\0]*$/.test(text.length > 4096 ? text.slice(0, 4096) : text) && text.replaceAll('\0', '').trim() === '') {
    return fail('EMPTY_FILE', 'The registry file is empty.', { hint: 'Restore a backup.' })
  }
  const parsed = parseRows(text)
  if (!parsed.ok) return parsed
  const scan = scanStructure(text)
  if (scan.maxDepth > MAX_DEPTH) return fail('LIMIT', `The registry is nested deeper than ${MAX_DEPTH} levels.`)
  return ok({ ...parsed.value, spans: scan.spans, duplicateKeys: scan.duplicateKeys })
}

const QUOTE = 0x22
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const COMMA = 0x2c

interface Scan {
  readonly spans: Span[]
  readonly duplicateKeys: string[]
  maxDepth: number
}

/** One pass over valid JSON. Keys are compared in their spelling first; an escape in a key is resolved. */
function scanStructure(text: string): Scan {
  const scan: Scan = { spans: [], duplicateKeys: [], maxDepth: 0 }
  const keySets: (Set<string> | undefined)[] = []
  let isKeyNext = false
  let rowStart = -1
  let lastEnd = 0
  const closeRow = (): void => {
    if (rowStart >= 0) scan.spans.push({ start: rowStart, end: lastEnd })
    rowStart = -1
  }
  for (let offset = 0; offset < text.length; ) {
    const code = text.charCodeAt(offset)
    if (code <= 0x20) {
      offset += 1
      continue
    }
    if (keySets.length === 1 && rowStart < 0 && code !== COMMA && code !== CLOSE_ARRAY) rowStart = offset
    let end = offset + 1
    if (code === QUOTE) {
      end = stringEnd(text, offset)
      const keys = keySets.at(-1)
      if (isKeyNext && keys) noteKey(scan, keys, text.slice(offset, end))
      isKeyNext = false
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      keySets.push(code === OPEN_OBJECT ? new Set() : undefined)
      if (keySets.length > scan.maxDepth) scan.maxDepth = keySets.length
      isKeyNext = code === OPEN_OBJECT
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      if (keySets.length === 1) closeRow()
      keySets.pop()
      isKeyNext = false
    } else if (code === COMMA) {
      if (keySets.length === 1) closeRow()
      isKeyNext = keySets.at(-1) !== undefined
    }
    if (code !== COMMA) lastEnd = end
    offset = end
  }
  return scan
}

function noteKey(scan: Scan, keys: Set<string>, literal: string): void {
  const key = literal.includes('\\') ? `"${String(JSON.parse(literal))}"` : literal
  if (keys.has(key) && scan.duplicateKeys.length < 100) {
    scan.duplicateKeys.push(`row ${scan.spans.length + 1}: ${key.slice(0, 200)}`)
  }
  keys.add(key)
}
