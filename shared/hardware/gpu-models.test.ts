import { describe, expect, it } from 'vitest'
import { GIB } from '#shared/domain/units'
import { findGpuModel, gpuModels } from './gpu-models'

function nameOf(text: string): string {
  const match = findGpuModel(text)
  return match.kind === 'one' ? match.model.name : match.kind
}

describe('gpuModels', () => {
  it('names every card once', () => {
    const names = gpuModels.map(({ name }) => name.toLowerCase())
    expect(new Set(names).size).toBe(names.length)
  })

  it('states less than the sales figure, in whole bytes', () => {
    for (const { name, bytes } of gpuModels) {
      expect(Number.isInteger(bytes)).toBe(true)
      const size = /(\d+)GB$/.exec(name)?.[1]
      if (size !== undefined) expect(bytes, name).toBeLessThan(Number(size) * GIB)
      expect(bytes, name).toBeGreaterThan(5 * GIB)
    }
  })

  it('finds each of its own names', () => {
    for (const { name } of gpuModels) expect(nameOf(name), name).toBe(name)
  })

  it.each([
    ['A100 80GB', 79.15, 79.33],
    ['H100 80GB', 79.11, 79.25],
    ['H200', 139.81, 139.81],
    ['L40S', 44.31, 44.42],
    ['RTX 3090', 23.55, 23.68],
    ['T4', 14.56, 14.74],
  ])('%s: what CUDA was seen to report', (name, low, high) => {
    const match = findGpuModel(name)
    if (match.kind !== 'one') throw new Error(match.kind)
    expect(match.model.basis).toBe('measured')
    expect(match.model.bytes / GIB).toBeGreaterThanOrEqual(low - 0.001)
    expect(match.model.bytes / GIB).toBeLessThanOrEqual(high + 0.001)
  })

  it('takes two thirds of a small unified memory, as a 16 GB M4 reports', () => {
    const match = findGpuModel('Apple M4 16 GB')
    if (match.kind !== 'one') throw new Error(match.kind)
    expect(Math.floor(match.model.bytes / 2 ** 20)).toBe(10922)
  })
})

describe('findGpuModel', () => {
  it.each([
    ['NVIDIA GeForce RTX 4090', 'NVIDIA RTX 4090'],
    ['nvidia geforce rtx 4090 laptop gpu', 'NVIDIA RTX 4090 Laptop'],
    ['rtx4090', 'NVIDIA RTX 4090'],
    ['RTX 4090 24GB', 'NVIDIA RTX 4090'],
    ['RTX 4090 48GB', 'none'],
    ['3090', 'NVIDIA RTX 3090'],
    ['RTX 3090 Ti', 'NVIDIA RTX 3090 Ti'],
    ['NVIDIA A100-SXM4-80GB', 'NVIDIA A100 80GB'],
    ['NVIDIA A100 80GB PCIe', 'NVIDIA A100 80GB'],
    ['NVIDIA H100 80GB HBM3', 'NVIDIA H100 80GB'],
    ['Tesla T4', 'NVIDIA T4'],
    ['Tesla V100-SXM2-16GB', 'NVIDIA V100 16GB'],
    ['NVIDIA RTX 6000 Ada Generation', 'NVIDIA RTX 6000 Ada'],
    ['AMD Radeon RX 7900 XTX', 'AMD Radeon RX 7900 XTX'],
    ['7900 xtx', 'AMD Radeon RX 7900 XTX'],
    ['Intel(R) Arc(TM) B580 Graphics', 'Intel Arc B580'],
    ['mi300x', 'AMD Instinct MI300X'],
    ['l4', 'NVIDIA L4'],
    ['', 'none'],
    ['Voodoo 2', 'none'],
  ])('%s', (text, expected) => {
    expect(nameOf(text)).toBe(expected)
  })

  it.each([
    ['A100', ['NVIDIA A100 80GB', 'NVIDIA A100 40GB']],
    ['RTX 4060 Ti', ['NVIDIA RTX 4060 Ti 16GB', 'NVIDIA RTX 4060 Ti 8GB']],
    ['Apple M2 Pro', ['Apple M2 Pro 16GB', 'Apple M2 Pro 32GB']],
  ])('%s fits several', (text, names) => {
    const match = findGpuModel(text)
    expect(match.kind === 'several' ? match.models.map(({ name }) => name) : match.kind).toEqual(names)
  })
})
