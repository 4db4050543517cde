import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { observeUrl } from './observe-url'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A stand-in engine: answers by path, 404 for the rest. */
async function engine(pages: Readonly<Record<string, unknown>>): Promise<string> {
  server = createServer((request, response) => {
    const page = pages[request.url ?? '']
    response.statusCode = page === undefined ? 404 : 200
    response.end(typeof page === 'string' ? page : JSON.stringify(page ?? {}))
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const labels =
  'block_size="16",cache_dtype="auto",gpu_memory_utilization="0.9",num_gpu_blocks="2959",kv_cache_size_tokens="47344",kv_cache_max_concurrency="2.89",engine="0"'

describe('observeUrl', () => {
  it('asks vLLM', async () => {
    const url = await engine({
      '/version': { version: '0.26.0' },
      '/v1/models': {
        data: [
          { id: 'lora', parent: 'm', max_model_len: 1 },
          { id: 'm', max_model_len: 8192 },
        ],
      },
      '/metrics': `# HELP x\nvllm:cache_config_info{${labels}} 1.0\nvllm:num_requests_running 0\n`,
    })
    const found = await observeUrl({ url, model: 'm' })
    expect(found).toMatchObject({ ok: true, value: { engine: 'vllm', start: { servedModelId: 'm' } } })
    expect(found.ok && found.value.start.metrics).toEqual({
      engine_version: '0.26.0',
      runtime_context_tokens: 8192,
      kv_num_blocks: 2959,
      kv_block_size: 16,
      kv_cache_tokens: 47344,
      max_concurrency: 2.89,
      configured_gpu_memory_utilization: 0.9,
      configured_kv_cache_dtype: 'auto',
    })
  })

  it('asks Ollama', async () => {
    const url = await engine({
      '/api/version': { version: '0.19.0' },
      '/api/ps': { models: [{ name: 'a:1b', size: 2 ** 30, size_vram: 2 ** 30, context_length: 4096 }, { name: 'b' }] },
    })
    const found = await observeUrl({ url, model: 'a:1b' })
    expect(found.ok && found.value.start.metrics).toMatchObject({ runtime_context_tokens: 4096, loaded_gpu_gib: 1 })
    expect(await observeUrl({ url, model: 'c' })).toMatchObject({ error: { code: 'MISSING_DATA' } })
  })

  it('asks llama-server', async () => {
    const url = await engine({
      '/props': { default_generation_settings: { n_ctx: 2048 }, total_slots: 4, build_info: 'b8054-01d8eaa28' },
      '/v1/models': { data: [{ id: 'm.gguf' }] },
    })
    const found = await observeUrl({ url, model: 'm' })
    expect(found.ok && found.value.start.metrics).toMatchObject({
      runtime_context_tokens: 8192,
      runtime_max_batch_size: 4,
    })
  })

  it('invents nothing when the server is something else, answers nonsense, or is not there', async () => {
    const url = await engine({ '/api/version': 'not json', '/version': '[1]' })
    expect(await observeUrl({ url, model: 'm' })).toMatchObject({ error: { code: 'UNSUPPORTED_ENGINE' } })
    expect(await observeUrl({ url, model: 'm', engine: 'vllm' })).toMatchObject({ error: { code: 'MISSING_DATA' } })
    expect(await observeUrl({ url: 'http://127.0.0.1:9', model: 'm' })).toMatchObject({ error: { code: 'NETWORK' } })
  })

  it('speaks plain http to this computer only', async () => {
    const found = await observeUrl({ url: 'http://example.invalid', model: 'm' })
    expect(found).toMatchObject({ error: { code: 'NOT_ALLOWED_HOST' } })
    expect(await observeUrl({ url: 'nonsense', model: 'm' })).toMatchObject({ error: { code: 'USAGE' } })
  })
})
