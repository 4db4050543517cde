import { describe, expect, it } from 'vitest'
import { type JsonObject } from '#shared/domain/json'
import { GIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { type FlagValues } from '#shared/estimator/request'
import { type BuildRequestInput, buildRequest } from '#shared/estimator-request/build-request'
import { llama31 } from '#shared/sample/sample-architectures'

/** A checkpoint whose cache scheme is in its tensors alone: `auto` came to fp8, the configuration says bfloat16. */
const measured: JsonObject = {
  engine_version: '0.25.1',
  configured_kv_cache_dtype: 'auto',
  kv_cache_dtype: 'float8_e4m3fn',
  extra_args_snapshot: ['--max-model-len', '8192'],
}

interface Asked {
  readonly runtime?: JsonObject
  readonly flags?: FlagValues
  readonly more?: Partial<BuildRequestInput>
  readonly sources?: readonly string[]
}

function bytesPerToken({ runtime = measured, flags = {}, more = {}, sources = ['runtime:vllm'] }: Asked): number {
  const request = buildRequest({
    engine: 'vllm',
    architecture: { ...llama31, runtime, sources: [...sources] },
    gpus: [{ totalBytes: 24 * GIB, source: 'flag' }],
    flags: [{ source: 'flag', values: { 'max-model-len': '8192', ...flags } }],
    ...more,
  })
  const result = request.ok ? estimate(request.value) : request
  return result.ok ? result.value.kv.bytes_per_token : Number.NaN
}

const NATIVE = 2 * 32 * 8 * 128 * 2

describe('the type of the cache that a start resolved', () => {
  it('is what auto comes to in the next estimate', () => {
    expect(bytesPerToken({})).toBe(NATIVE / 2)
    expect(bytesPerToken({ flags: { 'kv-cache-dtype': 'auto' } })).toBe(NATIVE / 2)
  })

  it.each([
    ['another type is asked for', { flags: { 'kv-cache-dtype': 'bfloat16' } }],
    ['other weights are asked for', { flags: { quantization: 'awq' } }],
    ['another revision is asked for', { flags: { revision: 'v2' } }],
    ['another release is planned for', { more: { engineVersion: { value: '0.26.0', source: 'flag' } } }],
    ['nothing measured is wanted', { more: { useMeasured: false } }],
    [
      'the start had asked for it',
      { runtime: { ...measured, configured_kv_cache_dtype: 'fp8', extra_args_snapshot: ['--kv-cache-dtype', 'fp8'] } },
    ],
    ['the start does not say', { runtime: { engine_version: '0.25.1' } }],
    ['it is no type that is known', { runtime: { ...measured, kv_cache_dtype: 'float3_x' } }],
    ['another engine measured it', { sources: ['runtime:ollama'] }],
  ])('is not used when %s', (_why, asked: Asked) => {
    expect(bytesPerToken(asked)).toBe(NATIVE)
  })

  it('gives way to what was set by hand', () => {
    const architecture = {
      ...llama31,
      runtime: measured,
      sources: ['runtime:vllm'],
      kv_precision: 'bfloat16',
      field_sources: { kv_precision: 'manual' },
    }
    expect(bytesPerToken({ more: { architecture } })).toBe(NATIVE)
  })
})
