import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addRange, type ByteRange, missingRanges, rangesBytes, validRanges } from './byte-ranges'

const range = (bytes: number) =>
  fc.tuple(fc.nat(bytes), fc.nat(bytes)).map(([a, b]): ByteRange => [Math.min(a, b), Math.max(a, b)])

describe('byte ranges', () => {
  it('covers a file exactly once with what is there and what is missing', () => {
    fc.assert(
      fc.property(fc.array(range(500), { maxLength: 12 }), fc.integer({ min: 1, max: 60 }), (added, piece) => {
        const there = added.reduce<readonly ByteRange[]>(addRange, [])
        const missing = missingRanges(there, 500, piece)
        expect(rangesBytes(there) + rangesBytes(missing)).toBe(500)
        expect(missing.every(([start, end]) => end - start <= piece && end > start)).toBe(true)
        expect(missing.reduce<readonly ByteRange[]>(addRange, there)).toEqual([[0, 500]])
        expect(validRanges(there, 500)).toEqual(there)
      }),
    )
  })

  it.each([
    [[[5, 3]]],
    [[[0, 501]]],
    [
      [
        [0, 10],
        [5, 20],
      ],
    ],
    [[[0, 'x']]],
    ['junk'],
    [[[0]]],
    [
      [
        [10, 20],
        [0, 5],
      ],
    ],
  ])('believes no damaged list: %j', (value) => {
    expect(validRanges(value, 500)).toBeUndefined()
  })
})
