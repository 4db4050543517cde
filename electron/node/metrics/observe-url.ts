import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { type EngineId } from '#shared/estimator/request'
import { type ObservedStart } from '#shared/runtime/log-lines/log-reader'
import { parseCacheConfig } from '#shared/runtime/vllm-metrics'
import { createHubClient, type HubClient } from '../hub/client'
import { HubError } from '../hub/hub-error'

export interface ObserveUrlRequest {
  readonly url: string
  readonly model: string
  /** Asked of the server itself when absent. */
  readonly engine?: EngineId
  readonly signal?: AbortSignal
}

export interface LiveObservation {
  readonly engine: EngineId
  readonly start: ObservedStart
}

const MAX_ANSWER_BYTES = 8 * 2 ** 20
const TIMEOUT_MS = 5_000

/**
 * What a running engine says about itself over HTTP. Loopback addresses may be plain http, others must be https.
 * Errors: NETWORK, TIMEOUT, CANCELLED, NOT_ALLOWED_HOST, UNSUPPORTED_ENGINE, MISSING_DATA.
 */
export async function observeUrl(request: ObserveUrlRequest): Promise<Result<LiveObservation>> {
  if (!URL.canParse(request.url)) return fail('USAGE', `"${request.url}" is not an address.`)
  try {
    const client = createHubClient({ endpoint: request.url, headerTimeoutMs: TIMEOUT_MS })
    const ask = (path: string): Promise<string | undefined> => get(client, path, request.signal)
    const engine = request.engine ?? (await recognise(ask))
    if (engine === undefined) {
      return fail('UNSUPPORTED_ENGINE', 'The server at this address is no engine that Headroom knows.', {
        hint: 'Say what it is with --engine.',
      })
    }
    const start = await readers[engine](ask, request.model)
    return start.ok ? ok({ engine, start: start.value }) : start
  } catch (error) {
    if (error instanceof HubError) return { ok: false, error: error.error }
    throw error
  }
}

type Ask = (path: string) => Promise<string | undefined>

async function recognise(ask: Ask): Promise<EngineId | undefined> {
  if ((await askJson(ask, '/api/version')) !== undefined) return 'ollama'
  if ((await askJson(ask, '/props'))?.['default_generation_settings'] !== undefined) return 'llama.cpp'
  if ((await askJson(ask, '/version')) !== undefined) return 'vllm'
  return undefined
}

const readers: Readonly<Record<EngineId, (ask: Ask, model: string) => Promise<Result<ObservedStart>>>> = {
  vllm: observeVllm,
  'llama.cpp': observeLlamaServer,
  ollama: observeOllama,
}

async function observeVllm(ask: Ask, model: string): Promise<Result<ObservedStart>> {
  const version = text((await askJson(ask, '/version'))?.['version'])
  const listed = listOf((await askJson(ask, '/v1/models'))?.['data'])
  // LoRA adapters are listed too, with their parent.
  const served = listed.find((item) => item['id'] === model) ?? listed.find((item) => item['parent'] == null)
  const metrics = await ask('/metrics')
  const facts = {
    ...optional('engine_version', version),
    ...optional('runtime_context_tokens', positive(served?.['max_model_len'])),
    ...(metrics === undefined ? {} : parseCacheConfig(metrics)),
  }
  return started(facts, text(served?.['id']))
}

async function observeLlamaServer(ask: Ask): Promise<Result<ObservedStart>> {
  const props = await askJson(ask, '/props')
  const listed = listOf((await askJson(ask, '/v1/models'))?.['data'])
  const generation = props?.['default_generation_settings']
  const perSlot = isJsonObject(generation) ? positive(ownValue(generation, 'n_ctx')) : undefined
  const slots = positive(props?.['total_slots'])
  const facts = {
    ...optional('engine_version', text(props?.['build_info'])),
    ...optional('context_per_slot_tokens', perSlot),
    ...optional('runtime_max_batch_size', slots),
    ...optional('runtime_context_tokens', perSlot !== undefined && slots !== undefined ? perSlot * slots : undefined),
  }
  return started(facts, text(listed[0]?.['id']))
}

async function observeOllama(ask: Ask, model: string): Promise<Result<ObservedStart>> {
  const version = text((await askJson(ask, '/api/version'))?.['version'])
  const running = listOf((await askJson(ask, '/api/ps'))?.['models'])
  const found = running.find((item) => item['name'] === model || item['model'] === model) ?? onlyOne(running)
  if (found === undefined) {
    return fail('MISSING_DATA', `Ollama has not loaded "${model}".`, { hint: 'Send it a request first, then observe.' })
  }
  const details = isJsonObject(found['details']) ? found['details'] : {}
  const vram = positive(found['size_vram'])
  const facts = {
    ...optional('engine_version', version),
    ...optional('runtime_context_tokens', positive(found['context_length'])),
    ...optional('loaded_gib', gib(positive(found['size']))),
    ...optional('loaded_gpu_gib', gib(vram)),
    ...optional('quantization', text(ownValue(details, 'quantization_level'))?.toLowerCase()),
  }
  return started(facts, text(found['name']))
}

function started(metrics: Readonly<Record<string, Json>>, servedModelId: string | undefined): Result<ObservedStart> {
  if (metrics['runtime_context_tokens'] === undefined) {
    return fail('MISSING_DATA', 'The server does not say what it has loaded.', { hint: 'Observe its log instead.' })
  }
  return ok({ outcome: 'started', metrics, ...(servedModelId !== undefined && { servedModelId }) })
}

async function askJson(ask: Ask, path: string): Promise<JsonObject | undefined> {
  const answer = await ask(path)
  if (answer === undefined) return undefined
  try {
    const value: unknown = JSON.parse(answer)
    return isJsonObject(value) ? value : undefined
  } catch {
    // Not JSON: some other server answers here.
    return undefined
  }
}

/** Text of an answer; `undefined` when the server does not have the page. */
async function get(client: HubClient, path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  try {
    return await readText(client, path, both)
  } catch (error) {
    if (error instanceof HubError) throw error
    if (signal?.aborted === true) throw new HubError({ code: 'CANCELLED', message: 'Asking the engine was cancelled.' })
    const hint = 'Is the engine running?'
    if (!timeout.aborted) {
      throw new HubError({ code: 'NETWORK', message: `There is no answer from ${client.endpoint}.`, hint })
    }
    const message = `${client.endpoint} did not answer within ${TIMEOUT_MS / 1000} s.`
    throw new HubError({ code: 'TIMEOUT', message, hint })
  }
}

async function readText(client: HubClient, path: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await client.fetch(`${client.endpoint}${path}`, { signal })
  if (!response.ok || response.body === null) {
    await response.body?.cancel()
    return undefined
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    // Node's body is iterable, the DOM type is not
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

function onlyOne<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 300) : undefined
}

function positive(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined
}

function gib(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : Math.round((bytes / 2 ** 30) * 1e4) / 1e4
}

function optional(key: string, value: Json | undefined): Record<string, Json> {
  return value === undefined ? {} : { [key]: value }
}
