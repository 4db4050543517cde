import { describe, expect, it } from 'vitest'
import { GIB } from '#shared/domain/units'
import { estimate } from './estimate'
import { compareWithRuntime } from './measured-comparison'
import { measuredGib, testRequest } from './test-models'

describe('compareWithRuntime', () => {
  const request = testRequest('llama-3.1-8b', {
    version: '0.11',
    gib: 79.18,
    flags: { 'gpu-memory-utilization': '0.9', 'max-model-len': '16000' },
    known: { weightsBytes: measuredGib(14.99) },
  })
  const result = estimate(request)
  if (!result.ok) throw new Error(result.error.message)

  it('puts each term beside what the log of the same start says', () => {
    const runtime = { weights_gib: 14.99, peak_activation_gib: 4.76, non_torch_gib: 0.13, available_kv_gib: 51.38 }
    const rows = compareWithRuntime(result.value, runtime)
    expect(rows.map((row) => row.name)).toEqual(['weights', 'activation', 'non_torch', 'pool'])
    for (const row of rows) expect(Math.abs(row.error)).toBeLessThan(0.03 * GIB)
    expect(rows.find((row) => row.name === 'pool')?.isInside).toBe(true)
  })

  it('leaves out what was not measured, and artefacts below zero', () => {
    expect(compareWithRuntime(result.value, { cuda_graph_gib: -0.45, note: 'x' })).toEqual([])
    expect(compareWithRuntime(result.value, undefined)).toEqual([])
  })

  it('says when a measured value is outside the interval', () => {
    const [row] = compareWithRuntime(result.value, { available_kv_gib: 40 })
    expect(row?.isInside).toBe(false)
    expect(row?.error).toBeGreaterThan(11 * GIB)
  })
})
