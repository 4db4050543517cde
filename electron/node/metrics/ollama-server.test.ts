import { describe, expect, it } from 'vitest'
import { ollamaAddress, ollamaTag } from './ollama-server'

describe('ollamaAddress', () => {
  it.each([
    [undefined, 'http://127.0.0.1:11434'],
    ['', 'http://127.0.0.1:11434'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:8080', 'http://127.0.0.1:8080'],
    [':8080', 'http://127.0.0.1:8080'],
    ['192.168.1.5', 'http://192.168.1.5:11434'],
    ['box:1', 'http://box:1'],
    ['http://box', 'http://box'],
    ['https://box/ollama', 'https://box/ollama'],
    ['http://0.0.0.0:11434', 'http://127.0.0.1:11434'],
    ['"box:1"', 'http://box:1'],
    ['[::1]:5', 'http://[::1]:5'],
    ['::1', 'http://[::1]:11434'],
    ['[::]', 'http://127.0.0.1:11434'],
  ])('OLLAMA_HOST=%s is %s', (variable, address) => {
    expect(ollamaAddress({}, { env: variable === undefined ? {} : { OLLAMA_HOST: variable } })).toBe(address)
    expect(URL.canParse(address)).toBe(true)
  })

  it('takes the port of the entry when nothing else is said', () => {
    const entry = { backend_config: { port: 11500 } }
    expect(ollamaAddress(entry, { env: {} })).toBe('http://127.0.0.1:11500')
    expect(ollamaAddress(entry, { env: { OLLAMA_HOST: 'box' } })).toBe('http://box:11434')
    expect(ollamaAddress({ backend_config: { port: 0 } }, { env: {} })).toBe('http://127.0.0.1:11434')
  })
})

describe('ollamaTag', () => {
  it.each([
    [{ download_path: 'ollama://qwen3:8b', served_model_id: 'x' }, 'qwen3:8b'],
    [{ download_path: 'ollama:/qwen3:8b' }, 'qwen3:8b'],
    [{ backend_config: { model_path: 'ollama:qwen3' } }, 'qwen3'],
    [{ served_model_id: 'hf.co/o/m:Q4_K_M' }, 'hf.co/o/m:Q4_K_M'],
    [{ served_model_id: 'None', download_path: '/models/x.gguf' }, undefined],
    [{}, undefined],
  ])('%j', (entry, tag) => {
    expect(ollamaTag(entry)).toBe(tag)
  })
})
