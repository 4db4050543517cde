import { expect, it } from 'vitest'
import { refusedStart } from './refused-start'

const failure = 'It does not fit'

it('is nothing where the start succeeded', () => {
  expect(refusedStart({ weights_gib: 15 }, 'vllm')).toBeUndefined()
  expect(refusedStart({ failure: '  ' }, 'vllm')).toBeUndefined()
})

it.each([
  ['the length that vLLM estimates', { failure_kind: 'needed_gt_available', estimated_max_model_len: 27_296 }, 27_296],
  ['the pool, which no request may exceed', { failure_kind: 'max_seq_len_gt_kv', kv_cache_tokens: 18_320 }, 18_320],
  ["the model's own limit", { failure_kind: 'derived_len', derived_max_model_len: 32_768 }, 32_768],
  ['nothing for a pool that was not the reason', { failure_kind: 'cuda_oom', kv_cache_tokens: 18_320 }, undefined],
  [
    'nothing that is no count of tokens',
    { failure_kind: 'needed_gt_available', estimated_max_model_len: 0 },
    undefined,
  ],
])('suggests %s', (_what, facts, tokens) => {
  expect(refusedStart({ failure, ...facts }, 'vllm')?.maximumTokens).toBe(tokens)
})

it('tells a refusal of the engine from its death, with the release', () => {
  const version = { engine_version: 'v0.11.0' }
  const refused = refusedStart({ failure, failure_kind: 'needed_gt_available', ...version }, 'vllm')
  expect(refused).toMatchObject({ headline: 'vLLM 0.11.0 refused this start', sentence: failure })
  expect(refusedStart({ failure, failure_kind: 'cuda_oom' }, 'vllm')?.headline).toBe('vLLM failed at this start')
})
