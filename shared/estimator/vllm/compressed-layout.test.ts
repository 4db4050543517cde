import { describe, expect, it } from 'vitest'
import { type ArchitectureMetadata, type LayerGroup } from '#shared/domain/architecture'
import { GIB } from '#shared/domain/units'
import { estimate } from '../estimate'
import { type EstimateRequest, type FlagValues } from '../request'
import { type EstimateResult } from '../result'
import { solveContext } from '../solve'

/** DeepSeek V4 Flash: 43 layers, 21 of ratio 4 and 20 of ratio 128. */
const compressed = (ratio: number, count: number): LayerGroup => ({
  count,
  kind: 'compressed_attention',
  kv_heads: 1,
  key_dim: 512,
  value_dim: 0,
  window: 128,
  compress_ratio: ratio,
})
const flash: ArchitectureMetadata = {
  family: 'deepseek_v4',
  kind: 'decoder',
  num_layers: 43,
  hidden_size: 4096,
  vocab_size: 129_280,
  num_attention_heads: 64,
  num_kv_heads: 1,
  head_dim: 512,
  context_length: 1_048_576,
  mtp_layers: 1,
  moe: { num_experts: 256, experts_per_token: 6, num_shared_experts: 1, moe_intermediate_size: 2048 },
  layer_groups: [
    { count: 2, kind: 'sliding_attention', kv_heads: 1, key_dim: 512, value_dim: 512, window: 128 },
    compressed(4, 21),
    compressed(128, 20),
  ],
}

function request(version: string, poolGib: number, flags: FlagValues): EstimateRequest {
  return {
    engine: 'vllm',
    engineVersion: { value: version, source: 'test' },
    architecture: flash,
    gpus: [{ totalBytes: 140 * GIB, name: 'H200', source: 'test' }],
    flags: [{ source: 'flag', values: flags }],
    known: { availableKvBytes: { value: Math.round(poolGib * GIB), source: 'test' } },
  }
}

function run(version: string, poolGib: number, flags: FlagValues): EstimateResult {
  const result = estimate(request(version, poolGib, flags))
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

/** What the pool prints as is rounded to two digits: the tokens of some pool inside that must be the printed ones. */
function printedBetween(version: string, poolGib: number, flags: FlagValues): readonly [number, number] {
  const at = (gib: number): number => run(version, gib, flags).kv.capacity_tokens
  return [at(poolGib - 0.005), at(poolGib + 0.005)]
}

describe('the compressed cache of DeepSeek V4', () => {
  it.each([
    // Version, pool in GiB, flags, tokens that vLLM printed.
    ['0.27', 77.53, { 'max-model-len': '131072', 'kv-cache-dtype': 'fp8' }, 1_513_358],
    ['0.25.0', 7.75, { 'max-model-len': '131072', 'tensor-parallel-size': '2' }, 301_529],
    ['0.25.0', 32.08, { 'max-model-len': '131072', 'tensor-parallel-size': '2', 'kv-cache-dtype': 'fp8' }, 1_247_687],
    [
      '0.26.0',
      86.74,
      {
        'max-model-len': '65536',
        'max-num-batched-tokens': '8192',
        'kv-cache-dtype': 'fp8',
        'speculative-config': '{"method": "dspark", "num_speculative_tokens": 7}',
      },
      913_657,
    ],
  ] as const)('vLLM %s with %d GiB prints %o as it does', (version, pool, flags, printed) => {
    const [low, high] = printedBetween(version, pool, flags)
    expect(low).toBeLessThanOrEqual(printed)
    expect(high).toBeGreaterThanOrEqual(printed)
    // The range is that of the printed digits only.
    expect((high - low) / printed).toBeLessThan(0.002)
  })

  it('refuses a start of 0.22 with the figures of vLLM: 6.66 GiB for 30,000 tokens, 13,528 at most', () => {
    const flags = { 'max-num-batched-tokens': '16384', 'tensor-parallel-size': '2', 'kv-cache-dtype': 'fp8' }
    const refused = run('0.22', 5.44, { ...flags, 'max-model-len': '30000' })
    expect(refused.verdict).toBe('does_not_fit')
    expect(refused.kv.needed_bytes / GIB).toBeCloseTo(6.66, 2)
    const solved = solveContext(request('0.22', 5.44, flags), 1)
    if (!solved.ok) throw new Error(solved.error.message)
    // Solutions are multiples of the block of 256 tokens.
    expect(solved.value.max_model_len).toBe(Math.floor(13_528 / 256) * 256)
  })

  it('names the layers when a ratio is not stated', () => {
    const groups = [{ count: 43, kind: 'compressed_attention' as const, key_dim: 512, window: 128 }]
    const unknown = estimate({
      ...request('0.25.0', 10, { 'max-model-len': '8192' }),
      architecture: { ...flash, layer_groups: groups },
    })
    expect(unknown.ok && unknown.value.verdict).toBe('unknown')
    expect(unknown.ok && unknown.value.missing).toContain('layer_groups')
  })

  it('grows with the context and stays finite for every split into stages', () => {
    for (const stages of ['1', '2', '4', '43']) {
      const of = (tokens: string): number =>
        run('0.27', 60, { 'max-model-len': tokens, 'pipeline-parallel-size': stages }).kv.needed_bytes
      expect(Number.isFinite(of('1024'))).toBe(true)
      expect(of('1048576')).toBeGreaterThan(of('1024'))
    }
  })
})
