import { describe, expect, it } from 'vitest'
import { ollamaFailureKind, ollamaLoad } from './ollama-load'

describe('ollamaLoad', () => {
  it('sends what a request can carry, and says what it cannot', () => {
    const words = ['--num-ctx', '8K', '--num-gpu', '35', '--temperature=0.5', '--num-parallel', '2', '--use-mmap=false']
    const load = ollamaLoad('m:1b', [...words, '--keep-alive', '10m', '--stop', 'END', '--kv-cache-type', 'q8_0'])
    expect(load.ok && load.value.body).toEqual({
      model: 'm:1b',
      prompt: '',
      stream: false,
      keep_alive: '10m',
      options: { num_ctx: 8192, num_gpu: 35, temperature: 0.5, use_mmap: false, stop: ['END'] },
    })
    expect(load.ok && load.value.notes).toEqual([
      expect.stringContaining('OLLAMA_NUM_PARALLEL'),
      expect.stringContaining('OLLAMA_KV_CACHE_TYPE'),
    ])
  })

  it.each([
    ['', {}, -1],
    ['--keep-alive 300', {}, 300],
    ['--keep-alive -1', {}, -1],
    ['--num-gpu all', { num_gpu: 999 }, -1],
    ['--num-gpu auto', {}, -1],
    ['--num-gpu 0 --num-predict -1', { num_gpu: 0, num_predict: -1 }, -1],
    ['--num-ctx 4096 --num-ctx 2048', { num_ctx: 2048 }, -1],
  ])('%j', (args, options, keepAlive) => {
    const load = ollamaLoad('m', args)
    expect(load.ok && [load.value.body['options'], load.value.body['keep_alive']]).toEqual([options, keepAlive])
  })

  it.each(['--num-ctx lots', '--num-ctx', '--temperature hot'])('refuses %j', (args) => {
    expect(ollamaLoad('m', args)).toMatchObject({ error: { code: 'BAD_VALUE' } })
  })
})

describe('ollamaFailureKind', () => {
  it.each([
    ['model requires more system memory (9.3 GiB) than is available (4.1 GiB)', 'no_available_memory'],
    ['llama runner process has terminated: cudaMalloc failed: out of memory', 'cuda_oom'],
    ["model 'x' not found", 'not_found'],
    ['something else', 'load_failed'],
  ])('%s', (sentence, kind) => {
    expect(ollamaFailureKind(sentence)).toBe(kind)
  })
})
