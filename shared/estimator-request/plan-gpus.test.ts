import { describe, expect, it } from 'vitest'
import { findPlanGpu, parseGpuMemory, planGpuOf } from './plan-gpus'

const GIB = 2 ** 30
const detected = [{ index: 0, name: 'NVIDIA GeForce RTX 4090', total_bytes: 100, used_bytes: 10, free_bytes: 80 }]

describe('planGpuOf', () => {
  it('counts what programs can have: used and free, not what the driver keeps', () => {
    expect(planGpuOf(detected[0] as (typeof detected)[number])).toEqual({
      name: 'NVIDIA GeForce RTX 4090',
      totalBytes: 90,
      freeBytes: 80,
      source: 'nvidia-smi',
    })
  })
})

describe('parseGpuMemory', () => {
  it.each([
    ['24', [24 * GIB]],
    ['23.5,23.5', [23.5 * GIB, 23.5 * GIB]],
  ])('reads %s', (text, bytes) => {
    const gpus = parseGpuMemory(text)
    expect(gpus.ok && gpus.value.map((gpu) => gpu.totalBytes)).toEqual(bytes)
  })

  it.each(['', '0', '-1', '24,', 'lots', '24GB', '1e3', 'NaN', 'Infinity'])('refuses %j', (text) => {
    expect(parseGpuMemory(text)).toMatchObject({ ok: false, error: { code: 'BAD_VALUE' } })
  })
})

describe('findPlanGpu', () => {
  const find = (name: string) => findPlanGpu(name, { detected, manual: [{ name: 'Lab card', total_bytes: 7 }] })

  it('prefers the detected card, then one added by hand, then the list', () => {
    expect(find('rtx4090')).toMatchObject({ ok: true, value: { totalBytes: 90, source: 'nvidia-smi' } })
    expect(find('lab CARD')).toMatchObject({ ok: true, value: { totalBytes: 7, source: 'manual' } })
    expect(findPlanGpu('RTX 4090', { detected: [], manual: [] })).toMatchObject({
      ok: true,
      value: { source: 'list' },
    })
  })

  it('names what it could have meant instead of guessing', () => {
    const result = find('A100')
    expect(result).toMatchObject({ ok: false, error: { code: 'UNKNOWN_GPU' } })
    expect(!result.ok && result.error.hint).toMatch(/40.*80|80.*40/)
    expect(find('no such card')).toMatchObject({ ok: false, error: { code: 'UNKNOWN_GPU' } })
  })
})
