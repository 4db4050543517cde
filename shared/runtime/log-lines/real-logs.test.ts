import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createLogReader } from './create-log-reader'

/** Real logs that lie beside the project; skipped where they are not. */
const folder = new URL('../../../../shared/data/logs/', import.meta.url)
const manifestFile = new URL('manifest.json', folder)
const hasData = existsSync(manifestFile)

interface Case {
  readonly name: string
  readonly file: string
  readonly engine: 'vllm' | 'llama.cpp' | 'ollama' | 'sglang'
  readonly outcome: string
  readonly model?: string
  readonly key_lines: Readonly<Record<string, readonly { readonly value: readonly string[] }[]>>
}

const cases: readonly Case[] = hasData ? JSON.parse(readFileSync(manifestFile, 'utf8')) : []

function read(one: Case, engine: 'vllm' | 'llama.cpp' | 'ollama') {
  const reader = createLogReader(engine, one.model)
  for (const line of readFileSync(new URL(one.file, folder), 'utf8').split('\n')) reader.add(line)
  return reader.findings()
}

function last(one: Case, key: string, at = 0): number | undefined {
  const text = one.key_lines[key]?.at(-1)?.value[at]
  return text === undefined ? undefined : Number(text.replaceAll(',', ''))
}

/** Manifest key and position to metric. */
const vllmKeys = [
  ['model_loading_gib', 0, 'weights_gib'],
  ['available_kv_gib', 0, 'available_kv_gib'],
  ['kv_tokens', 0, 'kv_cache_tokens'],
  ['max_concurrency', 1, 'max_concurrency'],
  ['graph_capture_gib', 0, 'cuda_graph_gib'],
  ['max_seq_len', 0, 'runtime_context_tokens'],
  ['tp', 0, 'configured_tensor_parallel_size'],
] as const

describe.skipIf(!hasData)('real logs (shared data folder beside the project)', () => {
  it.each(cases.filter((one) => one.engine === 'vllm'))('$name gives what its manifest lists', (one) => {
    const { start, failure } = read(one, 'vllm')
    const found = one.outcome === 'failed' ? failure : start
    expect(found?.outcome).toBe(one.outcome === 'failed' ? 'failed' : 'started')
    for (const [key, at, metric] of vllmKeys) {
      const expected = last(one, key, at)
      if (key === 'graph_capture_gib' && found?.metrics[metric] !== undefined && expected === undefined) continue
      expect([metric, found?.metrics[metric]]).toEqual([metric, expected])
    }
    expect(found?.metrics['engine_version']).toBe(one.key_lines['vllm_version']?.at(-1)?.value[0])
    if (one.outcome === 'failed') expect(found?.metrics['failure']).toMatch(/KV cache is needed/)
  })

  it.each(cases.filter((one) => one.engine === 'llama.cpp' || one.engine === 'ollama'))(
    '$name gives context and cache',
    (one) => {
      const { start } = read(one, one.engine === 'ollama' ? 'ollama' : 'llama.cpp')
      expect(start?.outcome).toBe('started')
      const perRequest = last(one, 'llama_n_ctx')
      const cache = last(one, 'llama_kv_size_mib') ?? last(one, 'llama_kv_self_mib')
      expect(start?.metrics['kv_mib']).toBe(cache)
      expect(start?.metrics['runtime_context_tokens']).toBe(perRequest)
    },
  )

  it.each(cases.filter((one) => one.engine === 'sglang'))('$name is recognised as a stranger', (one) => {
    for (const engine of ['vllm', 'llama.cpp', 'ollama'] as const) {
      const { start, stranger } = read(one, engine)
      expect(start).toBeUndefined()
      expect(stranger).toBe('SGLang')
    }
  })
})
