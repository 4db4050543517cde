/**
 * `extra_args` as tokens that remember how they were written: a list keeps its items, one string is split like a
 * POSIX shell splits it. Printing tokens that nobody touched gives back exactly what was read.
 */
export interface Token {
  /** The argument as the program receives it, quotes and escapes resolved. */
  readonly text: string
  /** The argument as it is written. */
  readonly raw: string
  /** Blanks, line continuations and comments before the argument (string form only). */
  readonly lead: string
}

export interface TokenList {
  readonly form: 'list' | 'string'
  readonly tokens: readonly Token[]
  /** What follows the last token (string form only). */
  readonly tail: string
  /** A quote that is opened and never closed: a shell would wait for more. */
  readonly isUnterminated: boolean
}

/** Splits `extra_args`; never fails, every input has a reading. */
export function tokenize(extraArgs: readonly string[] | string): TokenList {
  if (typeof extraArgs === 'string') return tokenizeText(extraArgs)
  const tokens = extraArgs.map((item) => ({ text: item, raw: item, lead: '' }))
  return { form: 'list', tokens, tail: '', isUnterminated: false }
}

/** Back to the form that was read: the identity when no token was changed. */
export function printTokens(list: TokenList): string[] | string {
  if (list.form === 'list') return list.tokens.map((token) => token.raw)
  return list.tokens.map((token) => token.lead + token.raw).join('') + list.tail
}

/** Writes one argument so that `tokenize` (and a POSIX shell) reads it back; in list form an argument needs no quotes. */
export function quoteFor(form: TokenList['form'], text: string): string {
  if (form === 'list' || /^[\w@%+=:,./-]+$/.test(text)) return text
  return `'${text.replaceAll("'", `'\\''`)}'`
}

const BLANK = /[ \t\r\n]/
/** Inside double quotes a backslash escapes only these (POSIX shell, 2.2.3). */
const ESCAPED_IN_DOUBLE_QUOTES = new Set(['$', '`', '"', '\\', '\n'])

interface Word {
  readonly text: string
  readonly end: number
  readonly isUnterminated: boolean
}

function tokenizeText(source: string): TokenList {
  const tokens: Token[] = []
  let isUnterminated = false
  let offset = 0
  for (;;) {
    const start = skipBlanks(source, offset)
    const lead = source.slice(offset, start)
    if (start >= source.length) return { form: 'string', tokens, tail: lead, isUnterminated }
    const word = readWord(source, start)
    isUnterminated ||= word.isUnterminated
    tokens.push({ text: word.text, raw: source.slice(start, word.end), lead })
    offset = word.end
  }
}

/** Blanks, backslash-newline and `# comment` to the end of the line separate words. */
function skipBlanks(source: string, from: number): number {
  let offset = from
  while (offset < source.length) {
    const char = source[offset] ?? ''
    const afterBackslash = char === '\\' ? lineBreakLength(source, offset + 1) : 0
    if (BLANK.test(char)) offset += 1
    else if (afterBackslash > 0) offset += 1 + afterBackslash
    else if (char === '#') {
      const newline = source.indexOf('\n', offset)
      offset = newline < 0 ? source.length : newline
    } else break
  }
  return offset
}

function lineBreakLength(source: string, at: number): number {
  if (source[at] === '\n') return 1
  return source[at] === '\r' && source[at + 1] === '\n' ? 2 : 0
}

function readWord(source: string, start: number): Word {
  let text = ''
  let offset = start
  while (offset < source.length) {
    const char = source[offset] ?? ''
    if (BLANK.test(char)) break
    if (char === "'" || char === '"') {
      const quoted = char === "'" ? readSingleQuoted(source, offset + 1) : readDoubleQuoted(source, offset + 1)
      text += quoted.text
      offset = quoted.end
      if (quoted.isUnterminated) return { text, end: offset, isUnterminated: true }
    } else if (char === '\\') {
      const lineBreak = lineBreakLength(source, offset + 1)
      text += lineBreak > 0 ? '' : (source[offset + 1] ?? '\\')
      offset = Math.min(source.length, offset + 1 + Math.max(1, lineBreak))
    } else {
      text += char
      offset += 1
    }
  }
  return { text, end: offset, isUnterminated: false }
}

function readSingleQuoted(source: string, from: number): Word {
  const close = source.indexOf("'", from)
  if (close < 0) return { text: source.slice(from), end: source.length, isUnterminated: true }
  return { text: source.slice(from, close), end: close + 1, isUnterminated: false }
}

function readDoubleQuoted(source: string, from: number): Word {
  let text = ''
  let offset = from
  while (offset < source.length) {
    const char = source[offset] ?? ''
    const next = source[offset + 1] ?? ''
    if (char === '"') return { text, end: offset + 1, isUnterminated: false }
    if (char === '\\' && ESCAPED_IN_DOUBLE_QUOTES.has(next)) {
      text += next === '\n' ? '' : next
      offset += 2
    } else {
      text += char
      offset += 1
    }
  }
  return { text, end: source.length, isUnterminated: true }
}
