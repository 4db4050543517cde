import { describe, expect, it } from 'vitest'
import { type ArchitectureMetadata, type LayerGroup } from '#shared/domain/architecture'
import { MIB } from '#shared/domain/units'
import { llamaCpp } from '../engines/llama-cpp'
import { type FlagValues } from '../request'
import { type EstimateResult } from '../result'
import { estimateOrThrow, requestFor } from './test-requests'

const compressed = (count: number, ratio: number): LayerGroup => ({
  count,
  kind: 'compressed_attention',
  kv_heads: 1,
  key_dim: 512,
  value_dim: 0,
  window: 128,
  compress_ratio: ratio,
})

/** DeepSeek-V4-Flash as its GGUF states it. */
const flash: ArchitectureMetadata = {
  family: 'deepseek4',
  kind: 'decoder',
  source: 'gguf',
  num_layers: 43,
  num_attention_heads: 64,
  num_kv_heads: 1,
  hidden_size: 4096,
  intermediate_size: 2048,
  vocab_size: 129280,
  context_length: 1048576,
  moe: { num_experts: 256, experts_per_token: 6, moe_intermediate_size: 2048 },
  layer_groups: [
    { count: 2, kind: 'sliding_attention', kv_heads: 1, key_dim: 512, value_dim: 512, window: 128 },
    compressed(21, 4),
    compressed(20, 128),
  ],
}

function estimate(flags: FlagValues, architecture = flash): EstimateResult {
  return estimateOrThrow(llamaCpp, requestFor(architecture, { 'n-gpu-layers': '99', 'flash-attn': 'on', ...flags }))
}

function bytesOf(result: EstimateResult, name: string): number {
  return result.terms.find((each) => each.name === name)?.bytes ?? 0
}

const WINDOW_OF_64000 = 182.75 * MIB
const ROWS_OF_64000 = 21 * 16128 * (512 + 128) * 2 + 20 * 512 * 512 * 2

describe('the compressed cache of DeepSeek-V4', () => {
  const settings = { 'ctx-size': '64000', 'ubatch-size': '4096', 'batch-size': '4096', 'cache-type-k': 'bf16' }

  it('keeps the window that a published log states (182.75 MiB), the compressed rows and the indexer', () => {
    const result = estimate({ ...settings, 'cache-type-v': 'bf16', parallel: '1' })
    expect(result.kv?.needed_bytes).toBe(WINDOW_OF_64000 + ROWS_OF_64000)
    expect(bytesOf(result, 'state')).toBe((21 * 20480 + 20 * 131072) * 4)
    expect(result.missing.filter((name) => name.startsWith('layer_groups'))).toEqual([])
  })

  it('keeps all of it once for every slot, even when the cache is unified', () => {
    const flags = { ...settings, 'cache-type-v': 'bf16', parallel: '3', 'kv-unified': true } as const
    expect(estimate(flags).kv?.needed_bytes).toBe(3 * (WINDOW_OF_64000 + ROWS_OF_64000))
  })

  it.each([
    ['1048576', 67095],
    ['16384', 2048],
  ])('comes near the measured buffer of the indexer at %s tokens', (context, mebibytes) => {
    const result = estimate({ 'ctx-size': context, parallel: '1' })
    const buffer = result.terms.find((each) => each.name === 'activation')
    expect((buffer?.bytes ?? 0) / MIB / mebibytes).toBeGreaterThan(0.9)
    expect((buffer?.bytes ?? 0) / MIB / mebibytes).toBeLessThan(1.2)
    expect(buffer?.high_bytes).toBeGreaterThan(mebibytes * MIB)
  })

  it('names the ratio when the file does not state it', () => {
    const groups = [{ ...compressed(43, 4), compress_ratio: undefined }]
    expect(estimate(settings, { ...flash, layer_groups: groups }).missing).toContain('layer_groups[].compress_ratio')
  })
})
