import { describe, expect, it } from 'vitest'
import { estimate } from './estimate'
import { createSettingsReader } from './settings'
import { testRequest } from './test-models'

describe('settings', () => {
  it('come from the first layer that has them', () => {
    const reader = createSettingsReader([
      { source: 'flag', values: { 'max-num-seqs': '4' } },
      { source: 'extra_args', values: { 'max-num-seqs': '8', 'block-size': '32', 'no-enable-prefix-caching': true } },
    ])
    expect(reader.integer('max-num-seqs', { minimum: 1 })).toEqual({ value: 4, source: 'flag', asked: true })
    expect(reader.integer('block-size', { minimum: 1 })).toEqual({ value: 32, source: 'extra_args', asked: true })
    expect(reader.toggle('enable-prefix-caching')).toEqual({ value: false, source: 'extra_args', asked: true })
    expect(reader.integer('max-model-len', { minimum: 1 })).toBeUndefined()
  })

  it('let a switch be turned off again by a layer before', () => {
    const reader = createSettingsReader([
      { source: 'flag', values: { 'no-enforce-eager': true } },
      { source: 'extra_args', values: { 'enforce-eager': true } },
    ])
    expect(reader.toggle('enforce-eager')?.value).toBe(false)
  })

  it.each([
    ['max-num-seqs', '0'],
    ['max-num-seqs', '-3'],
    ['max-num-seqs', 'many'],
    ['max-num-seqs', '2.5'],
    ['max-model-len', '-2'],
    ['max-model-len', '12kk'],
    ['gpu-memory-utilization', '0'],
    ['gpu-memory-utilization', '1.5'],
    ['gpu-memory-utilization', 'NaN'],
    ['gpu-memory-utilization', 'Infinity'],
    ['kv-cache-dtype', 'fp9'],
    ['kv-cache-dtype', 'constructor'],
    ['tensor-parallel-size', '0'],
    ['speculative-config', '[1]'],
    ['speculative-config', '{'],
    ['enforce-eager', 'perhaps'],
    ['cpu-offload-gb', '-1'],
  ])('--%s %s is refused, not repaired', (flag, text) => {
    const result = estimate(testRequest('qwen3-8b', { gib: 24, flags: { [flag]: text } }))
    expect(result).toMatchObject({ ok: false, error: { code: 'BAD_VALUE' } })
    expect(!result.ok && result.error.message).toContain(`--${flag}`)
  })

  it('refuses a version that is no release', () => {
    expect(estimate(testRequest('qwen3-8b', { version: 'b1234' }))).toMatchObject({ ok: false })
    expect(estimate(testRequest('qwen3-8b', { version: 'newest' }))).toMatchObject({ ok: false })
  })

  it.each([
    ['32k', 32000],
    ['32K', 32768],
    ['25.6k', 25600],
  ])('reads --max-model-len %s as vLLM does', (text, tokens) => {
    const result = estimate(testRequest('qwen3-8b', { gib: 80, flags: { 'max-model-len': text } }))
    expect(result.ok && result.value.inputs['max_model_len']).toEqual({ value: tokens, source: 'flag' })
  })

  it.each(['auto', '-1'])('takes the largest context that fits for --max-model-len %s', (text) => {
    const result = estimate(testRequest('llama-3.1-8b', { gib: 24, flags: { 'max-model-len': text } }))
    if (!result.ok) throw new Error(result.error.message)
    const context = result.value.inputs['max_model_len']?.value
    expect(result.value.verdict).toBe('fits')
    const next = { 'max-model-len': String(Number(context) + 16) }
    expect(estimate(testRequest('llama-3.1-8b', { gib: 24, flags: next }))).not.toMatchObject({
      value: { verdict: 'fits' },
    })
  })

  it.each([
    ['above the limit of the model', { 'max-model-len': '50000' }, /above the 40960 tokens/],
    ['more sequences than batched tokens', { 'max-num-seqs': '512', 'max-num-batched-tokens': '256' }, /is more than/],
    [
      'a batch shorter than the context without chunked prefill',
      { 'no-enable-chunked-prefill': true as const, 'max-num-batched-tokens': '4096', 'max-model-len': '8192' },
      /chunked prefill is off/,
    ],
  ])('warns about %s and goes on', (_name, flags, words) => {
    const result = estimate(testRequest('qwen3-8b', { gib: 80, flags }))
    expect(result.ok && result.value.warnings.join('\n')).toMatch(words)
  })

  it.each([
    [79.18, 'NVIDIA H100 80GB HBM3', '0.11', 1024, 8192],
    [79.18, 'NVIDIA A100-SXM4-80GB', '0.11', 256, 2048],
    [23.65, 'NVIDIA GeForce RTX 4090', '0.11', 256, 2048],
    [121.6, 'NVIDIA GB10', '0.25', 256, 2048],
  ])('defaults on %d GiB (%s), vLLM %s', (gib, gpuName, version, seqs, tokens) => {
    const result = estimate(testRequest('qwen3-8b', { gib, gpuName, version }))
    expect(result.ok && result.value.inputs['max_num_seqs']?.value).toBe(seqs)
    expect(result.ok && result.value.inputs['max_num_batched_tokens']?.value).toBe(tokens)
    expect(result.ok && result.value.inputs['max_num_seqs']?.source).toMatch(/^default:/)
  })
})
