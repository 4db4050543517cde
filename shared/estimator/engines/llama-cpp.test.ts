import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GIB, MIB } from '#shared/domain/units'
import {
  deepseekV3,
  estimateOrThrow,
  gemma3With27b,
  qwen25With3b,
  qwen25With32b,
  requestFor,
  tensorSummary,
} from '../llama/test-requests'
import { type EstimateRequest, type FlagValues } from '../request'
import { llamaCpp } from './llama-cpp'

const b8054 = { engineVersion: { value: 'b8054', source: 'flag' } }

function cacheMib(request: EstimateRequest): number {
  const result = estimateOrThrow(llamaCpp, request)
  return (result.per_gpu[0]?.kv_cache_bytes ?? 0) / MIB
}

describe('llama.cpp against real logs', () => {
  it.each([
    ['b8054, Qwen2.5-3B, 4096', qwen25With3b, { 'ctx-size': '4096' }, 144, 300.75, 16.01],
    ['b8054, Qwen2.5-3B, 1024', qwen25With3b, { 'ctx-size': '1024' }, 36, 304.75, 10.01],
  ])('%s: cache exact, compute buffers close', (_, architecture, flags, cache, device, host) => {
    const result = estimateOrThrow(llamaCpp, requestFor(architecture, flags, b8054))
    expect((result.per_gpu[0]?.kv_cache_bytes ?? 0) / MIB).toBe(cache)
    expect((result.per_gpu[0]?.activation_bytes ?? 0) / MIB / device).toBeCloseTo(1, 1.5)
    const term = result.terms.find(({ name }) => name === 'activation')
    expect(term?.low_bytes).toBeLessThanOrEqual(device * MIB)
    expect(term?.high_bytes).toBeGreaterThanOrEqual(device * MIB)
    const inSystem = term?.inputs.find(({ name }) => name === 'compute_in_system_memory')?.value
    expect(Number(inSystem) / MIB).toBeCloseTo(host, 1)
  })

  it('keeps the embedding of an untied model in system memory (R1-Distill-Qwen-32B: 417.66 and 18508.35 MiB)', () => {
    const embedding = (152064 * 5120 * 144) / 256
    const rest = Math.round(18508.35 * MIB)
    const output = (152064 * 5120 * 210) / 256
    const tensors = tensorSummary({
      blocks: 64,
      blockBytes: (rest - output) / 64,
      embeddingBytes: embedding,
      outputBytes: output,
    })
    const [gpu] = estimateOrThrow(llamaCpp, requestFor(qwen25With32b, {}, { tensors })).per_gpu
    expect(((gpu?.weights_bytes ?? 0) / MIB).toFixed(2)).toBe('18508.35')
    expect((embedding / MIB).toFixed(2)).toBe('417.66')
    expect(gpu?.host_bytes).toBeGreaterThan(embedding)
  })

  it('holds a tied output twice (Qwen2.5-3B: 243.43 in system memory, 1834.82 on the GPU, which is the whole file)', () => {
    const embedding = (151936 * 2048 * 210) / 256
    const blockBytes = (1834.82 * MIB - embedding) / 36
    const tensors = tensorSummary({ blocks: 36, blockBytes, embeddingBytes: embedding })
    const [gpu] = estimateOrThrow(llamaCpp, requestFor(qwen25With3b, {}, { tensors })).per_gpu
    expect(((gpu?.weights_bytes ?? 0) / MIB).toFixed(2)).toBe('1834.82')
  })
})

describe('cache', () => {
  it.each([
    ['Gemma 3 27B at 131072: 10864 MiB, not 63488', gemma3With27b, { 'ctx-size': '131072', parallel: '1' }, 10864],
    ['the same with --swa-full', gemma3With27b, { 'ctx-size': '131072', parallel: '1', 'swa-full': true }, 63488],
    ['DeepSeek-V3: 70272 bytes a token', deepseekV3, { 'ctx-size': '1024', parallel: '1' }, (70272 * 1024) / MIB],
    ['context is padded to 256', qwen25With3b, { 'ctx-size': '1000', parallel: '1' }, 36],
    [
      'q8_0 takes 34/32 of a byte',
      qwen25With3b,
      { 'ctx-size': '1024', 'cache-type-k': 'q8_0', 'cache-type-v': 'q8_0' },
      (36 * 17) / 32,
    ],
    ['short names of flags', qwen25With3b, { c: '1024', ctk: 'q8_0', ctv: 'q8_0', np: '1' }, (36 * 17) / 32],
    ['names of our own command line', qwen25With3b, { 'num-ctx': '1024', 'num-parallel': '1' }, 36],
  ] as const)('%s', (_, architecture, flags, expected) => {
    expect(cacheMib(requestFor(architecture, flags as FlagValues))).toBe(expected)
  })

  it.each([
    ['b5000', 61 * 1024 * 128 * (192 + 128) * 2],
    ['b6000', 61 * 1024 * (576 + 512) * 2],
    ['b10256', 61 * 1024 * 576 * 2],
  ])('latent attention in %s', (version, expected) => {
    const request = requestFor(
      deepseekV3,
      { 'ctx-size': '1024', parallel: '1' },
      { engineVersion: { value: version, source: 'flag' } },
    )
    expect(cacheMib(request) * MIB).toBe(expected)
  })

  it('caches a window that llama.cpp ignores at full context, and says so', () => {
    const groups = [
      { count: 32, kind: 'sliding_attention' as const, kv_heads: 32, key_dim: 96, value_dim: 96, window: 2047 },
    ]
    const architecture = { ...qwen25With3b, family: 'phi3', num_layers: 32, layer_groups: groups }
    const result = estimateOrThrow(llamaCpp, requestFor(architecture, { 'ctx-size': '4096', parallel: '1' }))
    expect(result.per_gpu[0]?.kv_cache_bytes).toBe(32 * 4096 * 32 * 96 * 2 * 2)
    expect(result.warnings.join(' ')).toContain('ignores the sliding window')
  })

  it('four automatic slots share one cache; a given number splits it', () => {
    const shared = estimateOrThrow(llamaCpp, requestFor(qwen25With3b, { 'ctx-size': '4096' }))
    expect(shared.inputs['kv_unified']?.value).toBe(true)
    expect(shared.inputs['num_parallel']).toEqual({ value: 4, source: 'default:automatic slots' })
    const split = estimateOrThrow(llamaCpp, requestFor(qwen25With3b, { 'ctx-size': '4096', parallel: '4' }))
    expect(split.inputs['kv_unified']?.value).toBe(false)
    expect(split.kv.max_concurrency).toBe(4)
    expect(split.kv.capacity_tokens).toBe(4096)
  })
})

describe('refusals', () => {
  it.each([
    ['different types with latent attention', deepseekV3, { 'cache-type-k': 'q8_0', 'cache-type-v': 'f16' }],
    ['a quantised V without flash attention', qwen25With3b, { 'cache-type-v': 'q8_0', 'flash-attn': 'off' }],
    ['an unknown cache type', qwen25With3b, { 'cache-type-k': 'fp8' }],
    ['a context that is no number', qwen25With3b, { 'ctx-size': 'much' }],
    ['no slots to speak of', qwen25With3b, { parallel: '1000' }],
    ['a switch that is neither on nor off', qwen25With3b, { 'flash-attn': 'maybe' }],
    ['an empty split', qwen25With3b, { 'tensor-split': '0,0' }],
  ])('%s', (_, architecture, flags) => {
    const result = llamaCpp.estimate(requestFor(architecture, flags))
    expect(result.ok ? 'accepted' : result.error.code).toBe('BAD_VALUE')
  })

  it('a head that is no multiple of the block', () => {
    const groups = [{ count: 4, kind: 'full_attention' as const, kv_heads: 8, key_dim: 100, value_dim: 100 }]
    const result = llamaCpp.estimate(requestFor({ ...qwen25With3b, layer_groups: groups }, { 'cache-type-k': 'q4_0' }))
    expect(result.ok ? 'accepted' : result.error.message).toContain('100 elements')
  })
})

describe('placement', () => {
  const tensors = tensorSummary({
    blocks: 36,
    blockBytes: 50 * MIB,
    embeddingBytes: 200 * MIB,
    outputBytes: 200 * MIB,
    expertBytes: 40 * MIB,
  })

  it('offloads the last layers and the output', () => {
    const [gpu] = estimateOrThrow(
      llamaCpp,
      requestFor(qwen25With3b, { 'n-gpu-layers': '11', 'ctx-size': '4096', parallel: '1' }, { tensors }),
    ).per_gpu
    expect((gpu?.weights_bytes ?? 0) / MIB).toBe(10 * 50 + 200)
    expect((gpu?.kv_cache_bytes ?? 0) / MIB).toBe(40)
  })

  it('moves experts of the first layers to system memory', () => {
    const [gpu] = estimateOrThrow(llamaCpp, requestFor(qwen25With3b, { 'n-cpu-moe': '6' }, { tensors })).per_gpu
    expect((gpu?.weights_bytes ?? 0) / MIB).toBe(36 * 50 + 200 - 6 * 40)
  })

  it('leaves next-token tensors of some families in the file', () => {
    const withMtp = tensorSummary({
      blocks: 37,
      blockBytes: 50 * MIB,
      embeddingBytes: 200 * MIB,
      outputBytes: 200 * MIB,
      mtpBytes: 50 * MIB,
    })
    const architecture = { ...qwen25With3b, family: 'deepseek2', mtp_layers: 1 }
    const [gpu] = estimateOrThrow(llamaCpp, requestFor(architecture, {}, { tensors: withMtp })).per_gpu
    expect((gpu?.weights_bytes ?? 0) / MIB).toBe(36 * 50 + 200)
  })

  it('splits layers over two cards by the given shares', () => {
    const gpus = [24, 24].map((gib) => ({ totalBytes: gib * GIB, source: 'flag' }))
    const result = estimateOrThrow(
      llamaCpp,
      requestFor(qwen25With3b, { 'tensor-split': '3,1', 'ctx-size': '4096', parallel: '1' }, { tensors, gpus }),
    )
    const mib = result.per_gpu.map((gpu) => gpu.kv_cache_bytes / MIB)
    expect(mib).toEqual([112, 32])
    expect(result.per_gpu.reduce((sum, gpu) => sum + gpu.weights_bytes, 0) / MIB).toBe(36 * 50 + 200)
  })

  it('advises how many layers fit when not all do', () => {
    const gpus = [{ totalBytes: 3 * GIB, source: 'flag' }]
    const request = requestFor(qwen25With3b, { 'ctx-size': '4096', parallel: '1' }, { tensors, gpus })
    const result = estimateOrThrow(llamaCpp, request)
    expect(result.verdict).not.toBe('fits')
    const advised = /--n-gpu-layers (\d+) of 37/.exec(result.warnings.join(' '))?.[1]
    expect(advised).toBeDefined()
    const flags = [{ source: 'flag', values: { 'ctx-size': '4096', parallel: '1', 'n-gpu-layers': advised ?? '0' } }]
    expect(estimateOrThrow(llamaCpp, { ...request, flags }).verdict).toBe('fits')
  })
})

describe('what is not known', () => {
  it('gives every term that can be computed and names the rest', () => {
    const result = estimateOrThrow(llamaCpp, requestFor({ family: 'llama', context_length: 4096 }))
    expect(result.verdict).toBe('unknown')
    expect(result.missing).toEqual(expect.arrayContaining(['num_layers', 'hidden_size', 'weights_bytes']))
    expect(result.terms.map(({ name }) => name)).toContain('kv_cache')
  })

  it('uses the newest rules for a version that it cannot read, with a warning', () => {
    const result = estimateOrThrow(
      llamaCpp,
      requestFor(qwen25With3b, {}, { engineVersion: { value: '1.2', source: 'flag' } }),
    )
    expect(result.warnings.join(' ')).toContain('newest rules')
  })
})

describe('properties', () => {
  const models = fc.constantFrom(qwen25With3b, qwen25With32b, gemma3With27b, deepseekV3)
  const settings = fc.record({
    context: fc.integer({ min: 1, max: 200_000 }),
    slots: fc.integer({ min: 1, max: 32 }),
    rows: fc.integer({ min: 1, max: 4096 }),
    flash: fc.boolean(),
    layers: fc.option(fc.integer({ min: 0, max: 80 })),
  })
  type Wish = { context: number; slots: number; rows: number; flash: boolean; layers: number | null }
  const flagsOf = (wish: Wish): FlagValues => ({
    // The context is the total over the slots: the same for each of them is what must not shrink.
    'ctx-size': String(wish.context * wish.slots),
    parallel: String(wish.slots),
    'ubatch-size': String(wish.rows),
    'flash-attn': wish.flash ? 'on' : 'off',
    ...(wish.layers === null ? {} : { 'n-gpu-layers': String(wish.layers) }),
  })
  const weights = { bytes: { low: 9e9, likely: 1e10, high: 1.1e10 }, source: 'test' }

  it('never NaN, never negative, intervals in order', () => {
    fc.assert(
      fc.property(models, settings, (model, wish) => {
        const result = estimateOrThrow(llamaCpp, requestFor(model, flagsOf(wish), { weights }))
        for (const term of result.terms) {
          expect(term.low_bytes).toBeGreaterThanOrEqual(0)
          expect(term.bytes).toBeGreaterThanOrEqual(term.low_bytes)
          expect(term.high_bytes).toBeGreaterThanOrEqual(term.bytes)
          expect(term.formula).not.toMatch(/NaN|undefined|Infinity/)
        }
      }),
      { numRuns: 200 },
    )
  })

  it.each(['context', 'slots'] as const)('cache and state never shrink when the %s grow', (lever) => {
    fc.assert(
      fc.property(models, settings, fc.integer({ min: 1, max: 40 }), (model, wish, more) => {
        const cached = (wanted: Wish): number => {
          const [gpu] = estimateOrThrow(llamaCpp, requestFor(model, flagsOf(wanted), { weights })).per_gpu
          return (gpu?.kv_cache_bytes ?? 0) + (gpu?.state_bytes ?? 0)
        }
        expect(cached({ ...wish, [lever]: wish[lever] + more })).toBeGreaterThanOrEqual(cached(wish))
      }),
      { numRuns: 100 },
    )
  })

  it('the compute buffer grows with the micro-batch', () => {
    fc.assert(
      fc.property(models, settings, (model, wish) => {
        const compute = (rows: number): number =>
          estimateOrThrow(llamaCpp, requestFor(model, flagsOf({ ...wish, slots: 1, context: 8192, rows }), { weights }))
            .per_gpu[0]?.activation_bytes ?? 0
        // With a handful of rows the one row of logits is all that counts.
        const rows = Math.min(Math.max(wish.rows, 16), 1024)
        expect(compute(rows * 2)).toBeGreaterThan(compute(rows))
      }),
      { numRuns: 100 },
    )
  })

  it('the probe says what the estimate says', () => {
    fc.assert(
      fc.property(models, settings, (model, wish) => {
        const request = requestFor(model, flagsOf(wish), { weights })
        const probe = llamaCpp.probe(request)
        expect(probe.ok && probe.value.verdict).toBe(estimateOrThrow(llamaCpp, request).verdict)
      }),
      { numRuns: 100 },
    )
  })
})
