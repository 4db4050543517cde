import { type Json } from '#shared/domain/json'

/**
 * Reads a Python literal such as `{'a': 1, 'b': [True, None], 'c': 'it\'s'}` as JSON. `undefined` when the text is cut
 * or holds anything else than plain literals (objects of classes are kept as text up to the next comma).
 */
export function parsePythonDict(text: string): Readonly<Record<string, Json>> | undefined {
  const reader = new LiteralReader(text)
  const value = reader.value(0)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>) // neither null nor a list: a dictionary
    : undefined
}

const MAX_DEPTH = 20

class LiteralReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): Json | undefined {
    this.#skipBlanks()
    if (depth > MAX_DEPTH) return undefined
    const char = this.#text[this.#at]
    if (char === '{') return this.#dictionary(depth)
    if (char === '[' || char === '(') return this.#list(depth, char === '[' ? ']' : ')')
    if (char === "'" || char === '"') return this.#string(char)
    return this.#word()
  }

  #dictionary(depth: number): Json | undefined {
    const entries: [string, Json][] = []
    this.#at += 1
    for (;;) {
      this.#skipBlanks()
      if (this.#take('}')) return Object.fromEntries(entries)
      const key = this.value(depth + 1)
      this.#skipBlanks()
      if (typeof key !== 'string' || !this.#take(':')) return undefined
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      entries.push([key, value])
      this.#skipBlanks()
      if (!this.#take(',') && this.#text[this.#at] !== '}') return undefined
    }
  }

  #list(depth: number, end: string): Json | undefined {
    const items: Json[] = []
    this.#at += 1
    for (;;) {
      this.#skipBlanks()
      if (this.#take(end)) return items
      const item = this.value(depth + 1)
      if (item === undefined) return undefined
      items.push(item)
      this.#skipBlanks()
      if (!this.#take(',') && this.#text[this.#at] !== end) return undefined
    }
  }

  #string(quote: string): string | undefined {
    let text = ''
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at] ?? ''
      if (char === quote) {
        this.#at += 1
        return text
      }
      if (char === '\\') {
        this.#at += 1
        text += unescaped(this.#text[this.#at] ?? '')
      } else text += char
    }
    return undefined
  }

  /** A number, True, False, None; anything else (`<Enum.X: 1>`, `Config(...)`) as its text. */
  #word(): Json | undefined {
    const start = this.#at
    let open = 0
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at] ?? ''
      if ('([{<'.includes(char)) open += 1
      else if (')]}>'.includes(char)) {
        if (open === 0) break
        open -= 1
      } else if (open === 0 && (char === ',' || char === ':')) break
    }
    const word = this.#text.slice(start, this.#at).trim()
    if (word === '') return undefined
    if (word === 'None') return null
    if (word === 'True' || word === 'False') return word === 'True'
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : word
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at += 1
    return true
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1
  }
}

function unescaped(char: string): string {
  if (char === 'n') return '\n'
  return char === 't' ? '\t' : char
}
