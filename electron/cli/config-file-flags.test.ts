import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { configFileFlags } from './config-file-flags'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function file(text: string): string {
  const path = join(folder, 'serve.yaml')
  writeFileSync(path, text)
  return path
}

it('reads flags with their kinds', async () => {
  const path = file(
    'max_model_len: 8192\ngpu-memory-utilization: 0.8\nenforce-eager: true\nenable-prefix-caching: false\n' +
      'kv-cache-dtype: fp8\nlimit-mm-per-prompt: {image: 1}\ncudagraph-capture-sizes: [1, 2, 4]\nrevision:\n',
  )
  expect(await configFileFlags(path)).toEqual({
    ok: true,
    value: {
      source: `config:${path}`,
      values: {
        'max-model-len': '8192',
        'gpu-memory-utilization': '0.8',
        'enforce-eager': true,
        'no-enable-prefix-caching': true,
        'kv-cache-dtype': 'fp8',
        'limit-mm-per-prompt': '{"image":1}',
        'cudagraph-capture-sizes': '1 2 4',
      },
    },
  })
})

it('takes an empty file as no flags', async () => {
  expect(await configFileFlags(file('# nothing\n'))).toMatchObject({ ok: true, value: { values: {} } })
})

it.each(['- a\n- b\n', 'a: [', 'a: &x [1]\nb: *x\n'])('refuses %j', async (text) => {
  expect(await configFileFlags(file(text))).toMatchObject({ ok: false, error: { code: 'BAD_VALUE' } })
})

it('says that the file is not there', async () => {
  expect(await configFileFlags(join(folder, 'none.yaml'))).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
})
