import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServices } from '../node/services'
import { runCli } from './program'

/** As Ollama answers: long arrays of the header are null. */
const show = {
  model_info: {
    'general.architecture': 'llama',
    'general.file_type': 15,
    'general.parameter_count': 8030261312,
    'llama.block_count': 32,
    'llama.attention.head_count': 32,
    'llama.attention.head_count_kv': 8,
    'llama.attention.key_length': 128,
    'llama.attention.value_length': 128,
    'llama.context_length': 131072,
    'llama.embedding_length': 4096,
    'llama.vocab_size': 128256,
    'tokenizer.ggml.tokens': null,
  },
  parameters: 'stop                           "<|eot_id|>"\nnum_ctx                        16384',
  template: '{{ .Prompt }}',
  capabilities: ['completion', 'tools'],
  details: { format: 'gguf', family: 'llama', quantization_level: 'Q4_K_M' },
}
let box: string
let server: Server
let url: string
let tags: unknown
let asked: string[]

beforeEach(async () => {
  box = mkdtempSync(join(tmpdir(), 'headroom-ollama-api-'))
  mkdirSync(join(box, 'registry'))
  writeFileSync(join(box, 'registry', 'model_registry.discovered.json'), '[]\n')
  tags = { models: [{ name: 'llama3.1:8b', size: 4_920_753_328 }] }
  asked = []
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.url === '/api/tags') return response.end(JSON.stringify(tags))
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const { model } = JSON.parse(body) as { model: string } // sent by the client under test
      if (model.startsWith('broken')) response.writeHead(500)
      response.end(JSON.stringify(model.startsWith('broken') ? { error: 'no' } : show))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a server that listens on TCP
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  rmSync(box, { recursive: true, force: true })
})

async function headroom(...args: readonly string[]) {
  let out = ''
  const status = await runCli([...args, '--registry', join(box, 'registry'), '--json'], {
    signal: new AbortController().signal,
    out: (text) => {
      out += text
    },
    err: () => undefined,
    createServices: () =>
      createServices(
        { dataDir: join(box, 'data'), env: {}, platform: process.platform, now: () => new Date(0) },
        { workerUrl: new URL('file:///nowhere.mjs') },
      ),
  })
  return { status, json: JSON.parse(out) as Record<string, unknown> } // one JSON document, by the contract
}

const registered = () => readFileSync(join(box, 'registry', 'model_registry.discovered.json'), 'utf8')

describe('import ollama --url', () => {
  it('registers what the server tells, with its tag as the origin, once', async () => {
    const first = await headroom('import', 'ollama', '--url', url)
    expect(first).toEqual({ status: 0, json: { added: 1, updated: 0, unchanged: 0, skipped: 0 } })
    const { json } = await headroom('show', 'llama3.1:8b')
    expect(json).toMatchObject({
      backend: 'ollama',
      served_model_id: 'llama3.1:8b',
      download_path: 'ollama://llama3.1:8b',
      download_size_bytes: 4_920_753_328,
      quantization: 'q4_k_m',
      capabilities: { tools: true, vision: false },
      generation_defaults: { context_window: 16_384 },
      metadata: {
        architecture: { num_layers: 32, num_kv_heads: 8, head_dim: 128, context_length: 131_072, vocab_size: 128_256 },
      },
    })
    expect(JSON.stringify(json)).toContain('ollama:llama3.1:8b')
    expect(JSON.stringify(json)).not.toContain('gguf:model.gguf')
    const before = registered()
    expect((await headroom('import', 'ollama', '--url', url)).json).toMatchObject({
      added: 0,
      updated: 0,
      unchanged: 1,
    })
    expect(registered()).toBe(before)
  })

  it('never replaces what was read from the files by what the server tells', async () => {
    const architecture = { num_layers: 31, weights_bytes: 5, source: 'gguf', sources: ['ollama:llama3.1:8b'] }
    const entry = { name: 'mine', backend: 'ollama', download_path: 'ollama:llama3.1:8b', metadata: { architecture } }
    const text = `${JSON.stringify([entry], null, 2)}\n`
    writeFileSync(join(box, 'registry', 'model_registry.discovered.json'), text)
    expect((await headroom('import', 'ollama', '--url', url)).json).toMatchObject({ unchanged: 1 })
    expect(registered()).toBe(text)
  })

  it('passes over names that are none, models of other computers, and those it cannot tell about', async () => {
    const names = ['../../etc:passwd', 'ok\u202e:x', 'broken:1', 'llama3.1:8b']
    tags = { models: [...names.map((name) => ({ name, size: 1 })), { name: 'big:cloud', remote_host: 'https://x' }] }
    expect((await headroom('import', 'ollama', '--url', url)).json).toEqual({
      added: 1,
      updated: 0,
      unchanged: 0,
      skipped: 4,
    })
    expect(asked.filter((line) => line === 'POST /api/show')).toHaveLength(2)
  })

  it('asks for so many models and counts the others as skipped', async () => {
    tags = { models: Array.from({ length: 2_003 }, (_, index) => ({ name: `no name ${index}`, size: 1 })) }
    const { json } = await headroom('import', 'ollama', '--url', url, '--dry-run')
    expect(json).toEqual({ added: 0, updated: 0, unchanged: 0, skipped: 2_001 })
  })

  it('says what is wrong with an address, a server, and a source', async () => {
    tags = { models: 'none' }
    expect(await headroom('import', 'ollama', '--url', url)).toMatchObject({
      status: 1,
      json: { error: { code: 'BAD_VALUE' } },
    })
    expect(await headroom('import', 'ollama', '--url', 'ftp://x')).toMatchObject({ status: 2 })
    expect(await headroom('import', 'lmstudio', '--url', url)).toMatchObject({ status: 2 })
    expect(await headroom('import', 'ollama', '--url', url, '--dir', box)).toMatchObject({ status: 2 })
    await new Promise((done) => server.close(done))
    expect(await headroom('import', 'ollama', '--url', url)).toMatchObject({ json: { error: { code: 'NETWORK' } } })
    server.listen(0)
  })

  it('writes nothing with --dry-run', async () => {
    expect((await headroom('import', 'ollama', '--url', url, '--dry-run')).json).toMatchObject({ added: 1 })
    expect(registered()).toBe('[]\n')
  })
})
