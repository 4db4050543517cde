import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CALIBRATION, stretched, summed } from './calibration'

const bytes = fc.integer({ min: 0, max: 2 ** 40 })
const range = fc
  .tuple(bytes, bytes, bytes)
  .map((three) => three.toSorted((left, right) => left - right))
  .map(([low = 0, likely = 0, high = 0]) => ({ low, likely, high }))

describe('intervals made from ranges', () => {
  it('are stretched on each side by its own factor and keep the likely value', () => {
    const wide = stretched({ low: 80, likely: 100, high: 130 }, { below: 2, above: 1.5 })
    expect(wide).toEqual({ low: 60, likely: 100, high: 145 })
  })

  it('never end inside the range that they were made from', () => {
    for (const { below, above } of Object.values(CALIBRATION)) {
      expect(below).toBeGreaterThanOrEqual(1)
      expect(above).toBeGreaterThanOrEqual(1)
    }
  })

  it('stay exact when every part is, and are narrower than the sum of the ends', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 6 }), (parts) => {
        const sum = summed(parts.map((part) => ({ low: part, likely: part, high: part })))
        return sum.low === sum.high
      }),
    )
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 6 }), (parts) => {
        const sum = summed(parts)
        const above = parts.reduce((total, part) => total + part.high - part.likely, 0)
        return sum.low <= sum.likely && sum.likely <= sum.high && sum.high - sum.likely <= above + 1
      }),
    )
  })
})
