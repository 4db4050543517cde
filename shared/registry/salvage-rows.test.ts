import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRows } from './parse-rows'
import { salvageRows } from './salvage-rows'

const rows = [{ name: 'a', x: { y: [1, { z: '}]"{' }] } }, { name: 'b', note: 'é [' }, { name: 'c' }]
const text = `${JSON.stringify(rows, null, 2)}\n`

function namesIn(salvaged: string): unknown[] {
  const parsed = parseRows(salvaged)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value.values.map((row) => (row as { name: unknown }).name)
}

describe('salvageRows', () => {
  it.each<[string, string, string[], number]>([
    ['a whole file', text, ['a', 'b', 'c'], 0],
    ['a file cut in its last row', text.slice(0, text.indexOf('"c"')), ['a', 'b'], 1],
    ['a file with junk behind', `${text}junk {`, ['a', 'b', 'c'], 1],
    ['two files joined', text + text, ['a', 'b', 'c', 'a', 'b', 'c'], 0],
    ['a broken row in the middle', text.replace('"note": "é ["', '"note": é'), ['a', 'c'], 1],
    ['a row cut in the middle', text.replace('"note": "é ["\n  },', '"no'), ['a', 'c'], 1],
    ['a file filled up with zeros', text + '\0'.repeat(100), ['a', 'b', 'c'], 0],
    ['Windows line ends', text.replaceAll('\n', '\r\n').slice(0, -10), ['a', 'b'], 1],
    ['nothing', '', [], 0],
    ['no list at all', 'hello', [], 0],
  ])('%s', (_what, damaged, names, lost) => {
    const salvage = salvageRows(damaged)
    expect(namesIn(salvage.text)).toEqual(names)
    expect(salvage.entries).toBe(names.length)
    expect(salvage.lost).toHaveLength(lost)
  })

  it('keeps the text of each row and says on which line a lost one begins', () => {
    const odd = '[\n  { "name":"a",  "x": 1e3 },\n  { "name": "b", \n'
    const salvage = salvageRows(odd)
    expect(salvage.text).toContain('{ "name":"a",  "x": 1e3 }')
    expect(salvage.lost).toEqual([{ line: 3, start: '{ "name": "b", \n' }])
  })

  it('gives a registry file whatever the damage, with rows of the original only', () => {
    const damage = fc.tuple(fc.nat(text.length), fc.nat(30), fc.string({ maxLength: 5 }))
    fc.assert(
      fc.property(damage, ([at, length, junk]) => {
        const salvage = salvageRows(text.slice(0, at) + junk + text.slice(at + length))
        expect(parseRows(salvage.text).ok).toBe(true)
        expect(namesIn(salvage.text)).toHaveLength(salvage.entries)
      }),
    )
  })
})
