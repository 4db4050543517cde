import { describe, expect, it } from 'vitest'
import { createRateMeter } from './rate-meter'

/** One sample a second of a steady megabyte a second. */
function steady(meter: ReturnType<typeof createRateMeter>, from: number, seconds: number, bytes = 0) {
  let rate: number | undefined
  for (let second = 0; second <= seconds; second++) {
    rate = meter.add(from + second * 1000, 'downloading', bytes + second * 1e6)
  }
  return rate
}

describe('createRateMeter', () => {
  it('knows a steady rate, and nothing before the second sample', () => {
    const meter = createRateMeter()
    expect(meter.add(0, 'downloading', 0)).toBeUndefined()
    expect(steady(createRateMeter(), 0, 10)).toBeCloseTo(1e6)
  })

  it.each([
    ['slept for a night', 8 * 3600_000],
    ['set its clock back', -3600_000],
  ])('begins anew when the computer %s', (_, jump) => {
    const meter = createRateMeter()
    steady(meter, 1e9, 10)
    expect(meter.add(1e9 + 10_000 + jump, 'downloading', 10.5e6)).toBeUndefined()
    expect(steady(meter, 1e9 + 11_000 + jump, 5, 11e6)).toBeCloseTo(1e6, -6)
  })

  it('begins anew with another stage', () => {
    const meter = createRateMeter()
    steady(meter, 0, 10)
    expect(meter.add(11_000, 'verifying', 0)).toBeUndefined()
  })
})
