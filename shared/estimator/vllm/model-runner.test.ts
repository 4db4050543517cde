import { describe, expect, it } from 'vitest'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { GIB } from '#shared/domain/units'
import { estimate } from '../estimate'
import { type FlagValues } from '../request'
import { type EstimateResult } from '../result'

const llama: ArchitectureMetadata = {
  family: 'llama',
  kind: 'decoder',
  num_layers: 32,
  hidden_size: 4096,
  intermediate_size: 14_336,
  vocab_size: 128_256,
  num_attention_heads: 32,
  num_kv_heads: 8,
  head_dim: 128,
  dtype: 'bfloat16',
  context_length: 131_072,
  weights_bytes: Math.round(14.99 * GIB),
}

function run(version: string, architecture: ArchitectureMetadata, flags: FlagValues = {}): EstimateResult {
  const result = estimate({
    engine: 'vllm',
    engineVersion: { value: version, source: 'test' },
    architecture,
    gpus: [{ name: 'A100 40GB', totalBytes: Math.round(39.5 * GIB), source: 'test' }],
    flags: [{ source: 'flag', values: { 'max-model-len': '8192', ...flags } }],
    known: {},
  })
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

const term = (result: EstimateResult, name: string): EstimateResult['terms'][number] => {
  const found = result.terms.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

describe('the V2 model runner of vLLM', () => {
  it('peaks at what a Llama 8B on an A100 logged with 0.31 (1.44 GiB), and takes no graphs from the budget', () => {
    const result = run('0.31', llama)
    expect(Math.abs(term(result, 'activation').bytes / GIB - 1.44)).toBeLessThan(0.05)
    expect(term(result, 'cuda_graphs').formula).toContain('outside the budget')
  })

  it('is not used by quantised models and families outside its list in 0.26, nor by any before 0.23', () => {
    for (const [version, architecture] of [
      ['0.26', { ...llama, quantization: 'awq', quantization_bits: 4 }],
      ['0.26', { ...llama, family: 'lfm2' }],
      ['0.22', llama],
    ] as const) {
      const result = run(version, architecture)
      expect(term(result, 'activation').formula).not.toContain('V2')
      expect(term(result, 'cuda_graphs').formula).toContain('taken from the budget')
    }
  })

  it('is a possibility where the release does not say: the interval holds both', () => {
    const result = run('0.31', { ...llama, quantization: 'awq', quantization_bits: 4 })
    const activation = term(result, 'activation')
    expect(activation.high_bytes).toBeGreaterThan(1.44 * GIB)
    expect(term(result, 'cuda_graphs').low_bytes).toBe(0)
  })

  it('is the only one that knows DSpark', () => {
    const result = run('0.26', { ...llama, family: 'deepseek_v4' }, { 'speculative-config': '{"method": "dspark"}' })
    expect(term(result, 'activation').formula).toContain('V2')
  })
})
