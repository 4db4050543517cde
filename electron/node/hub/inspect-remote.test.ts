import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HubFile, type HubServer, startHubServer } from '../../../e2e/hub/hub-server'
import { buildParseWorker } from '../../../e2e/models/build-parse-worker'
import { buildGguf, list, text } from '../../../e2e/models/gguf-builder'
import { buildSafetensors, f16 } from '../../../e2e/models/safetensors-builder'
import { tinyLlamaGguf, tinyLlamaShards, tinyProjectorGguf } from '../../../e2e/models/tiny-models'
import { writeModelFolder } from '../../../e2e/models/write-model'
import { createInspector, type Inspector } from '../library/inspector'
import { createHubClient } from './client'
import { inspectRemote } from './inspect-remote'
import { readRepository } from './repository'

const commit = 'c'.repeat(40)
let inspector: Inspector
let built: string
let dataDir: string
let hub: HubServer

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'headroom-remote-build-'))
  inspector = createInspector({ workerUrl: await buildParseWorker(built), now: () => new Date(0) })
}, 60_000)
afterAll(async () => {
  await inspector.close()
  await rm(built, { recursive: true, force: true })
})
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'headroom-remote-'))
})
afterEach(async () => {
  await hub.close()
  // Nothing may stay behind, whatever happened.
  expect(await readdir(join(dataDir, 'cache', 'remote')).catch(() => [])).toEqual([])
  await rm(dataDir, { recursive: true, force: true })
})

const lfs = (path: string, content: Buffer): HubFile => ({ path, content, lfs: true })
const json = (path: string, value: object): HubFile => ({ path, content: Buffer.from(JSON.stringify(value)) })
const llamaConfig = {
  model_type: 'llama',
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  hidden_size: 16,
  intermediate_size: 32,
  vocab_size: 8,
  max_position_embeddings: 2048,
  torch_dtype: 'float16',
}

async function inspect(
  files: readonly HubFile[],
  more: { file?: string; support?: string; fault?: HubServer['fault'] } = {},
) {
  hub = await startHubServer([
    { id: 'o/m', commit, files },
    { id: 'base/m', commit: 'd'.repeat(40), files: [json('config.json', llamaConfig)] },
  ])
  if (more.fault !== undefined) hub.fault = more.fault
  const client = createHubClient({ endpoint: hub.url })
  const repository = await readRepository(client, { id: 'o/m' })
  if (!repository.ok) return repository
  return inspectRemote(
    { client, inspector, dataDir },
    {
      repository: repository.value,
      ...(more.file !== undefined && { file: more.file }),
      ...(more.support !== undefined && { support: { id: more.support } }),
    },
  )
}

/** Bytes asked of one path. */
function askedBytes(path: string): number {
  return hub.requests
    .filter((request) => request.path.endsWith(`/${path}`))
    .reduce((sum, { range = '' }) => {
      const match = /^bytes=(\d+)-(\d+)$/.exec(range)
      return sum + (match === null ? Number.POSITIVE_INFINITY : Number(match[2]) - Number(match[1]) + 1)
    }, 0)
}

describe('inspectRemote', () => {
  it('reads a GGUF as its reader does on the disk, by one range request', async () => {
    const content = Buffer.from(buildGguf(tinyLlamaGguf()))
    const found = await inspect([lfs('m.gguf', content)])
    if (!found.ok) throw new Error(found.error.message)
    expect(found.value.format).toBe('gguf')
    expect(found.value.architecture).toMatchObject({ num_layers: 2, num_kv_heads: 2, vocab_size: 8 })
    expect(found.value.files).toEqual([{ path: 'm.gguf', bytes: content.length, role: 'weights' }])
    expect(hub.requests.filter(({ path }) => path.endsWith('m.gguf'))).toHaveLength(1)
  })

  it('reads through the library, in the worker, to the same facts as the downloaded file', async () => {
    const specs = { 'm.gguf': tinyLlamaGguf(), 'mmproj-m.gguf': tinyProjectorGguf() }
    const files = Object.entries(specs).map(([path, spec]) => lfs(path, Buffer.from(buildGguf(spec))))
    const disk = writeModelFolder(
      join(dataDir, 'disk'),
      Object.fromEntries(files.map(({ path, content }) => [path, content])),
    )
    const [remote, local] = [await inspect(files), await inspector.inspect(disk)]
    if (!remote.ok || !local.ok) throw new Error('one was refused')
    expect({ ...remote.value, path: '' }).toEqual({ ...local.value, path: '' })
  })

  it('says when our own reader had to read', async () => {
    const spec = tinyLlamaGguf({ metadata: [['general.name', text('Again')]] })
    const found = await inspect([lfs('m.gguf', Buffer.from(buildGguf(spec)))])
    expect(found.ok && found.value.architecture.num_layers).toBe(2)
    expect(found.ok && found.value.architecture.warnings?.join('\n')).toContain('cannot read repeated keys')
  })

  it.each([
    ['breaks off in the middle', { kind: 'cut', afterBytes: 100 }],
    ['sends another range', { kind: 'wrong-range' }],
  ] as const)('asks again when the hub %s, and gives up when it keeps doing so', async (_, fault) => {
    const files = [lfs('m.gguf', Buffer.from(buildGguf(tinyLlamaGguf())))]
    const once = await inspect(files, {
      fault: ({ path, count }) => (path.endsWith('m.gguf') && count === 1 ? fault : undefined),
    })
    expect(once.ok && once.value.architecture.num_layers).toBe(2)
    await hub.close()
    const always = await inspect(files, { fault: ({ path }) => (path.endsWith('m.gguf') ? fault : undefined) })
    expect(always).toMatchObject({ ok: false, error: { code: 'NETWORK', hint: expect.any(String) } })
    expect(hub.requests.filter(({ path }) => path.endsWith('m.gguf'))).toHaveLength(3)
  })

  it('fetches a header beyond the first request and not the data behind it', async () => {
    const words = Array.from({ length: 600_000 }, (_, index) => `token number ${index}`)
    const spec = tinyLlamaGguf({
      metadata: [
        ['tokenizer.ggml.merges', list('string', words)],
        ['a.note', text('x')],
      ],
    })
    const header = Buffer.from(buildGguf(spec))
    expect(header.length).toBeGreaterThan(9 * 2 ** 20)
    const found = await inspect([lfs('m.gguf', header)])
    expect(found.ok && found.value.architecture.num_layers).toBe(2)
    const ranges = hub.requests.filter(({ path }) => path.endsWith('m.gguf')).map(({ range }) => range)
    expect(ranges[0]).toBe(`bytes=0-${8 * 2 ** 20 - 1}`)
    expect(ranges[1]).toMatch(new RegExp(`^bytes=${8 * 2 ** 20}-`))
  })

  it('reads safetensors headers and config without the tensors', async () => {
    const weights = Buffer.from(buildSafetensors({ tensors: [f16('w', [512, 512])] }))
    const found = await inspect([json('config.json', llamaConfig), lfs('model.safetensors', weights)])
    if (!found.ok) throw new Error(found.error.message)
    expect(found.value.format).toBe('safetensors')
    expect(found.value.architecture).toMatchObject({ num_layers: 2, weights_bytes: 512 * 512 * 2 })
    expect(askedBytes('model.safetensors')).toBeLessThanOrEqual(128 * 1024)
    expect(weights.length).toBeGreaterThan(500_000)
  })

  it('folds shards', async () => {
    const shards = tinyLlamaShards(2).map((spec, index) =>
      lfs(`m-0000${index + 1}-of-00002.gguf`, Buffer.from(buildGguf(spec))),
    )
    const found = await inspect(shards, { file: 'm-00001-of-00002.gguf' })
    expect(found.ok && found.value.architecture.num_layers).toBe(2)
    expect(found.ok && found.value.path).toBe(`hf://o/m@${commit}/m-00001-of-00002.gguf`)
  })

  it('asks which one of several models is meant and reads none', async () => {
    const content = Buffer.from(buildGguf(tinyLlamaGguf()))
    const found = await inspect([lfs('m-Q4_K_M.gguf', content), lfs('m-Q8_0.gguf', content)])
    expect(!found.ok && found.error).toMatchObject({ code: 'AMBIGUOUS' })
    expect(!found.ok && found.error.hint).toContain('m-Q8_0.gguf')
    expect(hub.requests.filter(({ path }) => path.includes('resolve'))).toEqual([])
  })

  it('takes the missing config from a support repository and names it', async () => {
    const weights = Buffer.from(buildSafetensors({ tensors: [f16('w', [8, 8])] }))
    const found = await inspect([lfs('model.safetensors', weights)], { support: 'base/m' })
    if (!found.ok) throw new Error(found.error.message)
    expect(found.value.architecture.num_layers).toBe(2)
    expect(found.value.architecture.field_sources?.['num_layers']).toBe(
      `support_repo:base/m@${'d'.repeat(40)}#config.json`,
    )
  })

  it('explains a foreign file by its place on the hub', async () => {
    const found = await inspect([lfs('m.gguf', Buffer.from('<!DOCTYPE html><html>login</html>'))], { file: 'm.gguf' })
    expect(!found.ok && found.error).toMatchObject({ code: 'BAD_MAGIC', path: `hf://o/m@${commit}/m.gguf` })
  })
})
