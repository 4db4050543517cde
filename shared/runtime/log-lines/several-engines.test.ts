import { describe, expect, it } from 'vitest'
import { createLogReader } from './create-log-reader'

const at = 'INFO 06-01 10:00:00'
const init = `${at} [core.py:93] Initializing a V1 LLM engine (v0.13.0) with config: dtype=torch.bfloat16, max_seq_len=131072, kv_cache_dtype=auto`
const weights = `${at} [x.py:1] Model loading took 7.5 GiB memory and 4.0 seconds`
const tokens = `${at} [x.py:1] GPU KV cache size: 100,000 tokens`

describe('a log of several engines', () => {
  const service = (name: string, length: number, gib: string) =>
    [
      `${at} [utils.py:1] non-default args: {'model': '/models/${name}', 'served_model_name': ['${name}'], 'max_model_len': ${length}}`,
      init,
      weights.replace('7.5', gib),
      tokens,
      'INFO:     Application startup complete.',
    ].map((line) => `(EngineCore pid=1) ${line}`)
  const [ocr, chat] = [service('glm-ocr', 8192, '2.2'), service('qwen3.5-35b', 32768, '21.1')]
  const compose = (name: string, lines: readonly string[]) => lines.map((line) => `${name}  | ${line}`)
  const read = (lines: readonly string[], wanted?: string) => {
    const reader = createLogReader('vllm', wanted)
    for (const line of lines) reader.add(line)
    return reader.findings().start?.metrics
  }
  const interleaved = [compose('ocr-1', ocr), compose('chat-1', chat)]
    .map(([first = '', ...rest]) => [first, ...rest])
    .reduce<string[]>((lines, own) => {
      for (const [index, line] of own.entries()) lines.splice(index * 2, 0, line)
      return lines
    }, [])

  it.each([
    ['side by side', interleaved],
    ['one after the other', [...compose('ocr-1', ocr), ...compose('chat-1', chat)]],
    ['one after the other, without services', [...ocr, ...chat]],
  ])('gives the start that was asked for: %s', (_how, lines) => {
    const [small, large] = [
      { weights_gib: 2.2, configured_max_model_len: 8192 },
      { weights_gib: 21.1, configured_max_model_len: 32_768 },
    ]
    expect(read(lines, 'glm-ocr')).toMatchObject(small)
    expect(read(lines, 'Qwen3.5 35B A3B AWQ')).toMatchObject(large)
    expect([2.2, 21.1]).toContain(read(lines)?.['weights_gib'])
  })

  it('gives a refusal only where the service that was asked for refused', () => {
    const refused = compose('chat-1', [init, 'ValueError: No available memory for the cache blocks. Try more.'])
    const lines = [...compose('glm-ocr', ocr), ...refused]
    expect(read(lines, 'glm-ocr')).toMatchObject({ weights_gib: 2.2 })
    const reader = createLogReader('vllm', 'chat-1')
    for (const line of lines) reader.add(line)
    expect(reader.findings().failure?.metrics).toMatchObject({ failure_kind: 'no_available_memory' })
  })

  it('takes levels and dates before a bar for no services', () => {
    const levels = ['INFO', 'WARNING', '2026-06-01']
    const lines = ocr.map((line, index) => `${levels[index % 3] ?? ''}     | ${line}`)
    expect(read(lines)).toMatchObject({ weights_gib: 2.2, kv_cache_tokens: 100_000 })
  })
})
