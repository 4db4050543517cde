import { describe, expect, it } from 'vitest'
import { type ArchitectureMetadata, architectureFields } from '#shared/domain/architecture'
import { GIB } from '#shared/domain/units'
import { estimate } from '../estimate'
import { type EstimateRequest } from '../request'
import { testModels } from '../test-models'

function request(architecture: ArchitectureMetadata, gib: number | null = 24): EstimateRequest {
  return {
    engine: 'vllm',
    architecture,
    gpus: gib === null ? [] : [{ totalBytes: gib * GIB, source: 'flag' }],
    flags: [],
    known: {},
  }
}

describe('an estimate with gaps', () => {
  it('is unknown, names the fields and computes the rest', () => {
    const { weights_bytes: _weights, ...architecture } = testModels['qwen3-8b']
    const result = estimate(request(architecture))
    if (!result.ok) throw new Error(result.error.message)
    expect(result.value.verdict).toBe('unknown')
    expect(result.value.missing).toEqual(['weights_bytes'])
    expect(result.value.binding).toBe('The size of the weights is not known, so whether it fits cannot be told.')
    expect(result.value.terms.map((term) => term.name)).toEqual(['activation', 'non_torch', 'cuda_graphs', 'kv_cache'])
    expect(result.value.kv.bytes_per_token).toBe(147456)
  })

  it('asks for the card when there is none', () => {
    const result = estimate(request(testModels['qwen3-8b'], null))
    expect(result).toMatchObject({ value: { verdict: 'unknown', missing: ['gpu_memory'], per_gpu: [] } })
    expect(result.ok && result.value.total_bytes).toBeGreaterThan(testModels['qwen3-8b'].weights_bytes)
  })

  it('derives plain attention from the flat fields', () => {
    const { layer_groups: _groups, head_dim: _dim, ...architecture } = testModels['llama-3.1-8b']
    const result = estimate(request(architecture))
    expect(result.ok && result.value.kv.bytes_per_token).toBe(131072)
    const cache = result.ok ? result.value.terms.find((term) => term.name === 'kv_cache') : undefined
    expect(cache?.inputs.find((input) => input.name === 'layer_groups')?.source).toMatch(/^derived:/)
  })

  it.each<[string, ArchitectureMetadata, string]>([
    ['compressed attention', { layer_groups: [{ count: 4, kind: 'compressed_attention' }] }, 'layer_groups'],
    ['a state without geometry', { layer_groups: [{ count: 4, kind: 'mamba' }] }, 'layer_groups'],
    ['MLA without its ranks', { layer_groups: [{ count: 4, kind: 'mla' }] }, 'mla'],
    ['nothing at all', {}, 'num_layers'],
  ])('does not guess %s', (_name, architecture, field) => {
    const result = estimate(request(architecture))
    expect(result.ok && result.value.missing).toContain(field)
    expect(result).toMatchObject({ value: { verdict: 'unknown' } })
  })

  it('survives the loss of any one field', () => {
    for (const model of Object.values(testModels)) {
      for (const field of architectureFields) {
        const { [field]: _gone, ...rest } = model as ArchitectureMetadata
        const result = estimate(request(rest))
        expect(result.ok).toBe(true)
        expect(JSON.stringify(result)).not.toMatch(/null,"low_bytes"|NaN/)
      }
    }
  })

  it('keeps no cache for an encoder', () => {
    const result = estimate(request(testModels['bert-base']))
    expect(result).toMatchObject({ value: { verdict: 'fits', kv: { bytes_per_token: 0, capacity_tokens: 0 } } })
  })

  it('widens the interval when the weights are guessed from the parameters', () => {
    const { weights_bytes: _weights, ...architecture } = testModels['qwen3-8b']
    const guessed = estimate(request({ ...architecture, parameters_total: 8_190_735_360, quantization: 'awq' }))
    const term = guessed.ok ? guessed.value.terms.find((one) => one.name === 'weights') : undefined
    expect(term?.inputs[0]?.source).toBe('derived:parameters_total,quantization')
    expect((term?.high_bytes ?? 0) / (term?.low_bytes ?? 1)).toBeGreaterThan(1.2)
    expect((term?.bytes ?? 0) / GIB).toBeCloseTo(5.9, 0)
  })
})
