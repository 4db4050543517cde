import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GIB } from '#shared/domain/units'
import { foreignText } from './foreign-text'
import { shareTenths } from './largest-remainder'
import { formatGib, formatParameters, formatSigned, formatSize, formatTick } from './numbers'

describe('numbers for people', () => {
  it.each([
    [16_381_470_720, '15.3'],
    [0, '0.0'],
    [-0.01 * GIB, '0.0'],
    [-3.81 * GIB, '−3.8'],
    [1234 * GIB, '1,234.0'],
  ])('shows %d bytes as %s GiB', (bytes, text) => expect(formatGib(bytes)).toBe(text))

  it.each([
    [0, '0 B'],
    [1, '1 byte'],
    [50 * 2 ** 20, '50.0 MiB'],
    [147_456, '144 KiB'],
    [8192, '8,192 bytes'],
    [5 * GIB, '5.0 GiB'],
  ])('chooses a readable unit for %d bytes', (bytes, text) => expect(formatSize(bytes)).toBe(text))

  it.each([
    [8_190_735_360, '8.19 B'],
    [235_000_000_000, '235 B'],
    [32_763_876_352, '32.8 B'],
    [125_000_000, '125 M'],
  ])('shows %d parameters as %s', (count, text) => expect(formatParameters(count)).toBe(text))

  it('gives a sign to differences and none to nothing', () => {
    expect([formatSigned(0.08, 2), formatSigned(-0.01, 2), formatSigned(0.001, 2)]).toEqual(['+0.08', '−0.01', '0.00'])
  })

  it('writes ticks in binary thousands', () => {
    expect([1024, 32_768, 131_072, 1_048_576, 40_960, 1000].map(formatTick)).toEqual([
      '1k',
      '32k',
      '128k',
      '1M',
      '40k',
      '1,000',
    ])
  })
})

describe('largest remainder', () => {
  it('makes the shown parts add up to the shown total, each within one tenth of its own value', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 * GIB }), { minLength: 1, maxLength: 8 }), (parts) => {
        const total = parts.reduce((sum, part) => sum + part, 0)
        const shares = shareTenths(parts, total)
        expect(shares.reduce((sum, part) => sum + part, 0)).toBe(Math.round((total / GIB) * 10))
        for (const [index, share] of shares.entries()) {
          expect(Math.abs(share - ((parts[index] ?? 0) / GIB) * 10)).toBeLessThan(1)
        }
      }),
    )
  })
})

describe('text from files', () => {
  it('makes direction overrides and control characters visible', () => {
    expect(foreignText('model\u202egpj.exe\u0000')).toBe('model⟨U+202E⟩gpj.exe⟨U+0000⟩')
  })
  it('clips a very long name', () => {
    expect(foreignText('a'.repeat(1_000_000)).length).toBeLessThan(500)
  })
})
