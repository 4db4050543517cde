import { ReadFault } from '../library/read-fault'
import { damaged, type JsonText, JsonWindow } from './json-window'

const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const LIST = 0x5b
const BACKSLASH = 0x5c
const LIST_END = 0x5d
const OBJECT = 0x7b
const OBJECT_END = 0x7d
/** No number of a real document is longer. */
const MAX_NUMBER_BYTES = 400

export interface JsonLimits {
  /** Of what is skipped. */
  readonly levels: number
  /** Skipped values, all together: each takes some nanoseconds. */
  readonly values: number
  /** Python's `NaN`, `Infinity` and `-Infinity` are words. */
  readonly pythonNumbers?: boolean
}

/** What a value is, by its first byte. */
export type JsonKind = 'object' | 'list' | 'text' | 'number' | 'word'

/**
 * Walks through JSON in UTF-8 without building it: the caller takes what it needs and skips the rest, so that memory
 * depends on what is kept, not on what is there. As strict as RFC 8259, also in what is skipped. Throws
 * `ReadFault`: BAD_JSON, BAD_ENCODING, BAD_LENGTH, LIMIT, with the offset.
 */
export class JsonCursor extends JsonWindow {
  private skipped = 0
  /** All bits of the text that was stepped over: without the highest, it is ASCII. */
  private letters = 0

  constructor(
    text: JsonText,
    private readonly limits: JsonLimits,
  ) {
    super(text)
  }

  /** Offset in the file of the next byte that is no space. */
  get offset(): number {
    this.peek()
    return this.here
  }

  kind(): JsonKind {
    const next = this.peek()
    if (next === -1) throw this.bad('it ends too early')
    if (next === OBJECT) return 'object'
    if (next === LIST) return 'list'
    if (next === QUOTE) return 'text'
    if (next === MINUS) return this.limits.pythonNumbers === true && this.second() === 0x49 ? 'word' : 'number'
    return isDigit(next) ? 'number' : 'word'
  }

  /** An object: `member` is called behind every key and reads or skips the value. A key beyond `keyBytes` is BAD_LENGTH. */
  object(keyBytes: number, member: (key: string, offset: number) => void): void {
    this.expect(OBJECT)
    if (this.closes(OBJECT_END)) return
    do {
      const { offset } = this
      const key = this.string(keyBytes)
      this.expect(COLON)
      member(key, offset)
    } while (this.goesOn(OBJECT_END))
  }

  /** A list: `item` is called before every item and reads or skips it. */
  list(item: () => void): void {
    this.expect(LIST)
    if (this.closes(LIST_END)) return
    do item()
    while (this.goesOn(LIST_END))
  }

  /** A text of at most `most` bytes as it stands in the file; a longer one is BAD_LENGTH. */
  string(most: number): string {
    const { offset } = this
    this.expect(QUOTE)
    this.kept = this.at
    this.letters = 0
    const isPlain = this.stepOverString()
    const start = this.kept
    const end = this.at - 1
    this.kept = -1
    if (end - start > most) {
      throw new ReadFault('BAD_LENGTH', `A text is ${end - start} bytes long.`, { offset, hint: damaged })
    }
    const decoded = this.window.toString(this.letters < 0x80 ? 'latin1' : 'utf8', start, end)
    // What was stepped over is a valid JSON text, so the engine can undo its escapes.
    return isPlain ? decoded : String(JSON.parse(`"${decoded}"`))
  }

  number(): number {
    this.peek()
    this.kept = this.at
    this.stepOverNumber()
    const digits = this.window.toString('latin1', this.kept, this.at)
    this.kept = -1
    return Number(digits)
  }

  /** A number that readers of sizes take: digits only, no sign, point or exponent. `undefined` for any other number. */
  size(): number | undefined {
    this.peek()
    const { window, filled, at: start } = this
    let value = 0
    let at = start
    // Fifteen digits are held exactly; a longer number, or one at the edge of the window, takes the slower way.
    for (const last = Math.min(filled, start + 15); at < last; at += 1) {
      const digit = (window[at] ?? 0) - ZERO
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    const next = at < filled ? (window[at] ?? 0) : POINT
    const isEnd = next === COMMA || next === LIST_END || next === OBJECT_END || next === SPACE
    if (at > start && isEnd && (at === start + 1 || window[start] !== ZERO)) {
      this.at = at
      return value
    }
    this.kept = start
    const isWhole = this.stepOverNumber()
    const digits = this.window.toString('latin1', this.kept, this.at)
    this.kept = -1
    return isWhole ? Number(digits) : undefined
  }

  /** Any value, of at most so many levels. */
  skip(levels = this.limits.levels): void {
    this.skipped += 1
    if (this.skipped > this.limits.values) {
      throw new ReadFault('LIMIT', `The file holds more than ${this.limits.values} values.`, {
        offset: this.here,
        hint: damaged,
      })
    }
    const kind = this.kind()
    if (kind === 'number') this.stepOverNumber()
    else if (kind === 'word') this.stepOverWord()
    else if (kind === 'text') this.skipString()
    else if (levels <= 0) {
      throw new ReadFault('LIMIT', 'The file is nested too deep.', { offset: this.here, hint: damaged })
    } else if (kind === 'list') this.list(() => this.skip(levels - 1))
    else this.skipObject(levels)
  }

  /** Nothing but spaces may follow. */
  end(): void {
    if (this.peek() !== -1) throw this.bad('Something follows the end of the JSON')
  }

  private skipObject(levels: number): void {
    this.expect(OBJECT)
    if (this.closes(OBJECT_END)) return
    do {
      this.skipString()
      this.expect(COLON)
      this.skip(levels - 1)
    } while (this.goesOn(OBJECT_END))
  }

  private skipString(): void {
    this.expect(QUOTE)
    this.stepOverString()
  }

  private expect(wanted: number): void {
    const found = this.peek()
    if (found === -1) throw this.bad('it ends too early')
    if (found !== wanted) throw this.bad(`"${String.fromCharCode(wanted)}" is missing`)
    this.at += 1
  }

  private closes(end: number): boolean {
    if (this.peek() !== end) return false
    this.at += 1
    return true
  }

  /** Behind a member or item: whether another one follows. */
  private goesOn(end: number): boolean {
    if (this.closes(end)) return false
    this.expect(COMMA)
    return true
  }

  /** From behind the opening quote to behind the closing one; false when there are escapes on the way. */
  private stepOverString(): boolean {
    let isPlain = true
    for (;;) {
      const { window, filled } = this
      let { at } = this
      let byte = 0
      let letters = 0
      for (; at < filled; at += 1) {
        byte = window[at] ?? 0
        if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break
        letters |= byte
      }
      this.letters |= letters
      this.at = at
      if (at === filled) {
        if (!this.more()) throw this.bad('a text does not end')
      } else if (byte === QUOTE) {
        this.at += 1
        return isPlain
      } else if (byte === BACKSLASH) {
        isPlain = false
        this.stepOverEscape()
      } else throw this.bad('a text holds a control character')
    }
  }

  private stepOverEscape(): void {
    this.at += 1
    const letter = String.fromCharCode(this.take())
    if (letter === 'u') {
      for (let index = 0; index < 4; index++) {
        if (!/[0-9a-fA-F]/.test(String.fromCharCode(this.take()))) throw this.bad('an escape is not complete')
      }
    } else if (!'"\\/bfnrt'.includes(letter)) throw this.bad('an escape is not known')
  }

  private stepOverNumber(): boolean {
    const start = this.base + this.at
    const isNegative = this.byte() === MINUS
    if (isNegative) this.at += 1
    if (this.byte() === ZERO) this.at += 1
    else this.stepOverDigits(start)
    let isWhole = !isNegative
    if (this.byte() === POINT) {
      isWhole = false
      this.at += 1
      this.stepOverDigits(start)
    }
    if ((this.byte() | 0x20) === 0x65) {
      isWhole = false
      this.at += 1
      if (this.byte() === PLUS || this.byte() === MINUS) this.at += 1
      this.stepOverDigits(start)
    }
    return isWhole
  }

  private stepOverDigits(start: number): void {
    if (!isDigit(this.byte())) throw this.bad('a number is not complete')
    while (isDigit(this.byte())) this.at += 1
    if (this.base + this.at - start > MAX_NUMBER_BYTES) {
      throw new ReadFault('LIMIT', 'A number is too long.', { offset: this.here, hint: damaged })
    }
  }

  private stepOverWord(): void {
    const python = this.limits.pythonNumbers === true ? ['NaN', 'Infinity', '-Infinity'] : []
    const words = ['true', 'false', 'null', ...python]
    const first = this.peek()
    const word = words.find((candidate) => candidate.charCodeAt(0) === first)
    if (word === undefined) throw this.bad(first === -1 ? 'it ends too early' : 'no value begins like this')
    for (const letter of word) {
      if (this.take() !== letter.charCodeAt(0)) throw this.bad('no value is written like this')
    }
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
