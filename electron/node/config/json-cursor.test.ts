import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReadFault } from '../library/read-fault'
import { JsonCursor } from './json-cursor'

/** A cursor whose text comes `step` bytes at a time at most. */
function cursorOver(text: string | Uint8Array, pythonNumbers = false): JsonCursor {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : Buffer.from(text)
  const read = (into: Uint8Array, position: number): number => bytes.copy(into, 0, position, position + into.length)
  return new JsonCursor({ bytes: bytes.length, offset: 0, read }, { levels: 20, values: 10_000, pythonNumbers })
}

/** Builds what the cursor walks through. */
function build(cursor: JsonCursor): unknown {
  switch (cursor.kind()) {
    case 'text':
      return cursor.string(1e6)
    case 'number':
      return cursor.number()
    case 'list': {
      const items: unknown[] = []
      cursor.list(() => items.push(build(cursor)))
      return items
    }
    case 'object': {
      const members: [string, unknown][] = []
      cursor.object(1e6, (key) => members.push([key, build(cursor)]))
      return Object.fromEntries(members)
    }
    case 'word': {
      const { offset } = cursor
      cursor.skip()
      return `word of ${cursor.offset - offset}`
    }
  }
}

function codeOf(text: string | Uint8Array, pythonNumbers = false): string {
  try {
    const cursor = cursorOver(text, pythonNumbers)
    cursor.skip()
    cursor.end()
    return 'accepted'
  } catch (error) {
    if (error instanceof ReadFault) return error.code
    throw error
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Letters that JSON is made of, and some that it is not. */
const pieces = fc.constantFrom(
  ...'{}[],:"\\ue0123456789+-.Etrufalsn \n\t\u0001ä€😀NaI'.split(''),
  'true',
  'null',
  '"a"',
)

describe('JsonCursor', () => {
  it('builds what JSON.parse builds, also of long texts', () => {
    const documents = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value, undefined, 1))
    const wide = fc.tuple(documents, fc.nat(300_000)).map(([text, pad]) => `["${'ä'.repeat(pad)}", ${text}]`)
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: documents }, { weight: 1, arbitrary: wide }), (text) => {
        if (/true|false|null/.test(text)) return
        // The padded text alone is longer than what may be kept at once.
        const cursor = cursorOver(text)
        if (text.length < 120_000) expect(build(cursor)).toEqual(JSON.parse(text))
        else cursor.skip()
        cursor.end()
      }),
      { seed: 5, numRuns: 300 },
    )
  })

  it('accepts exactly what JSON.parse accepts', () => {
    let accepted = 0
    const broken = fc
      .tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.array(pieces, { maxLength: 3 }), fc.nat(3))
      .map(([value, at, inserted, removed]) => {
        const text = JSON.stringify(value)
        const place = at % (text.length + 1)
        return text.slice(0, place) + inserted.join('') + text.slice(place + removed)
      })
    fc.assert(
      fc.property(
        fc.oneof(
          broken,
          fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
        ),
        (text) => {
          // Half a surrogate pair cannot be written as UTF-8 and becomes another letter.
          if (Buffer.from(text, 'utf8').toString('utf8') !== text) return
          const verdict = codeOf(text)
          expect(verdict === 'accepted', `${verdict}: ${JSON.stringify(text)}`).toBe(isJson(text))
          if (verdict === 'accepted') accepted += 1
        },
      ),
      { seed: 6, numRuns: 4_000 },
    )
    expect(accepted).toBeGreaterThan(400)
  })

  it.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'BAD_JSON'],
    ['spaces only', ' \n ', 'BAD_JSON'],
    ['two values', '1 2', 'BAD_JSON'],
    ['a leading zero', '01', 'BAD_JSON'],
    ['a bare minus', '-', 'BAD_JSON'],
    ['Python numbers', '[NaN]', 'BAD_JSON'],
    ['a tab in a text', '"a\tb"', 'BAD_JSON'],
    ['half an escape', '"\\u12', 'BAD_JSON'],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'BAD_ENCODING'],
    ['half a letter at the end', Uint8Array.of(0x22, 0xf0, 0x9f), 'BAD_ENCODING'],
    ['21 levels', `${'['.repeat(21)}${']'.repeat(21)}`, 'LIMIT'],
    ['more values than allowed', `[${'0,'.repeat(10_001)}0]`, 'LIMIT'],
    ['a number of 10,000 digits', '1'.repeat(10_000), 'LIMIT'],
  ])('refuses %s', (_, text, code) => {
    expect(codeOf(text)).toBe(code)
  })

  it("takes Python's numbers where told to", () => {
    expect(codeOf('[NaN, Infinity, -Infinity, -1]', true)).toBe('accepted')
    expect(codeOf('[-Infinit]', true)).toBe('BAD_JSON')
  })

  it('keeps a text over the edge of its window, and letters of several bytes', () => {
    for (let pad = 262_130; pad < 262_150; pad++) {
      const cursor = cursorOver(`["${'x'.repeat(pad)}","ä€😀\\n"]`)
      const texts: unknown[] = []
      cursor.list(() => {
        if (texts.length === 1) return texts.push(cursor.string(100))
        cursor.skip()
        return texts.push('')
      })
      expect(texts[1]).toBe('ä€😀\n')
    }
  })

  it('refuses to keep a text that is too long, and says where it is', () => {
    for (const length of [11, 300_000]) {
      const cursor = cursorOver(`  "${'x'.repeat(length)}"`)
      expect(() => cursor.string(10)).toThrow(ReadFault)
    }
    expect(cursorOver('"123456789a"').string(10)).toBe('123456789a')
  })

  it('says which numbers are whole as readers of sizes take them', () => {
    const texts = ['0', '7', '123456789012345', '9007199254740991', '-7', '1.0', '1e3', '-0']
    const whole = [0, 7, 123_456_789_012_345, Number.MAX_SAFE_INTEGER, undefined, undefined, undefined, undefined]
    for (const end of ['', ' ', '\n', ',', ']']) {
      expect(texts.map((text) => cursorOver(text + end).size())).toEqual(whole)
    }
    expect(() => cursorOver('01,').list(() => undefined)).toThrow(ReadFault)
    const zeros = cursorOver('[01]')
    expect(() => zeros.list(() => zeros.size())).toThrow(ReadFault)
  })

  it('reads a size over the edge of its window', () => {
    for (let pad = 262_125; pad < 262_150; pad++) {
      const cursor = cursorOver(`["${'x'.repeat(pad)}",1234567,12345678901234567]`)
      const sizes: unknown[] = []
      cursor.list(() => {
        if (cursor.kind() === 'text') cursor.skip()
        else sizes.push(cursor.size())
      })
      expect(sizes).toEqual([1_234_567, Number('12345678901234567')])
    }
  })

  it('names the byte at which the text breaks', () => {
    const error = (() => {
      try {
        cursorOver('{"ä": [1, ?]}').skip()
      } catch (thrown) {
        return thrown
      }
      return undefined
    })()
    expect(error).toMatchObject({ code: 'BAD_JSON', more: { offset: 11 } })
  })
})
