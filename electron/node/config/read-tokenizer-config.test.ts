import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasTokenizerKey, readTokenizerLimit } from './read-tokenizer-config'

const file = 'tokenizer_config.json'
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokenizer-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function read(content: string | Uint8Array): ReturnType<typeof readTokenizerLimit> {
  writeFileSync(join(folder, file), content)
  return readTokenizerLimit(folder, file)
}

describe('readTokenizerLimit', () => {
  it.each([
    ['{"model_max_length": 4096, "added": {"1": {"special": true}}}', { model_max_length: 4096 }],
    ['{"model_max_length": 1000000000000000019884624838656}', { model_max_length: 1e30 }],
    ['{"model_max_length": "8192"}', { model_max_length: '8192' }],
    ['{"model_max_length": 1, "model_max_length": 2}', { model_max_length: 2 }],
    ['{"nested": {"model_max_length": 7}}', {}],
    ['{"model_max_length": null}', {}],
    ['{"model_max_length": Infinity}', {}],
    ['{"model_max_length": [4096]}', {}],
    ['\uFEFF{"model_max_length": 16}', { model_max_length: 16 }],
  ])('%j', (content, json) => {
    expect(read(content)).toEqual({ ok: true, value: { file, json } })
  })

  it.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'EMPTY_FILE'],
    ['a list', '[1]', 'BAD_VALUE'],
    ['a text that is cut', '{"model_max_length": 40', 'BAD_JSON'],
    ['a web page', '<html>Sign in</html>', 'BAD_JSON'],
    ['UTF-16', Buffer.from('\uFEFF{"a": 1}', 'utf16le'), 'BAD_ENCODING'],
    ['nesting without end', '{"a":'.repeat(100), 'LIMIT'],
  ])('refuses %s', (_, content, code) => {
    expect(read(content)).toMatchObject({ ok: false, error: { code, hint: expect.any(String) } })
  })
})

it('tells whether a key is at the top', () => {
  writeFileSync(join(folder, file), '{"chat_template": [{"name": "default"}], "x": {"y": 1}}')
  expect(['chat_template', 'x', 'y'].map((key) => hasTokenizerKey(folder, file, key))).toEqual([true, true, false])
  writeFileSync(join(folder, file), '{"chat_template": ')
  expect(hasTokenizerKey(folder, file, 'chat_template')).toBe(false)
})
