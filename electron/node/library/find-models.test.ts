import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findModels, nameOfFound, scanLimits } from './find-models'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-scan-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), '')
  }
}

async function found(): Promise<string[]> {
  const result = await findModels(root)
  if (!result.ok) throw new Error(result.error.message)
  return result.value.paths.map((path) => path.slice(root.length + 1))
}

it('finds GGUF files, first shards, projector pairs and folders with config and weights', async () => {
  put('a.gguf', 'b.gguf', 'big/m-00001-of-00002.gguf', 'big/m-00002-of-00002.gguf', 'eye/v.gguf', 'eye/mmproj-f16.gguf')
  put(
    'hf/Qwen/config.json',
    'hf/Qwen/model.safetensors',
    'hf/Qwen/original/x.gguf',
    'notes/config.json',
    'notes/readme.md',
  )
  expect(await found()).toEqual(['a.gguf', 'b.gguf', 'big/m-00001-of-00002.gguf', 'eye', 'hf/Qwen'])
})

it('finds a split model without its first part once, and a projector by either of its names', async () => {
  put('cut/m-00002-of-00003.gguf', 'cut/m-00003-of-00003.gguf', 'eye/v.gguf', 'eye/v-projector.gguf')
  expect(await found()).toEqual(['cut/m-00002-of-00003.gguf', 'eye'])
})

it('follows links to files, never links to folders, and skips hidden folders', async () => {
  put('blobs/x', '.hidden/h.gguf')
  mkdirSync(join(root, 'models--o--n/snapshots/abc'), { recursive: true })
  symlinkSync('../../../blobs/x', join(root, 'models--o--n/snapshots/abc/model.gguf'))
  symlinkSync(root, join(root, 'loop'))
  expect(await found()).toEqual(['models--o--n/snapshots/abc/model.gguf'])
})

it('stays within its bounds and says how much it left out', async () => {
  put('1/2/3/4/5/6/7/deep.gguf', 'x/a.gguf', 'x/b.gguf', 'y/c.gguf')
  const result = await findModels(root, { limits: { ...scanLimits, depth: 3, models: 2 } })
  expect(result).toMatchObject({ ok: true, value: { paths: [join(root, 'x/a.gguf'), join(root, 'x/b.gguf')] } })
  expect(result.ok && result.value.skipped).toBeGreaterThan(0)
})

it('reports a folder that cannot be read', async () => {
  expect(await findModels(join(root, 'gone'))).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
})

it.each([
  ['/m/Qwen3-8B-Q4_K_M.gguf', 'Qwen3-8B-Q4_K_M'],
  ['/m/big-00001-of-00003.gguf', 'big'],
  ['/m/Qwen3-8B', 'Qwen3-8B'],
  ['/hub/models--Qwen--Qwen3-8B/snapshots/0123', 'Qwen3-8B'],
  ['/hub/models--Qwen--Qwen3-8B/snapshots/0123/model.gguf', 'Qwen3-8B'],
])('%s is called %s', (path, name) => {
  expect(nameOfFound(path)).toBe(name)
})
