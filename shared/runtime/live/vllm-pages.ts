import { type JsonObject } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { type ObservedStart } from '../log-lines/log-reader'
import { parseCacheConfig } from '../vllm-metrics'
import { gaugeOf, jsonPage, objectsOf, optional, type Pages, positiveOf, wordOf } from './pages'

export const vllmPaths = ['/version', '/v1/models', '/metrics'] as const

/**
 * What vLLM's pages say. `names` are those under which the model may be served. Errors: MISSING_DATA when several models
 * are served and none of them is meant, or when nothing about the cache or the context is said.
 */
export function readVllmPages(pages: Pages, names: readonly string[]): Result<ObservedStart> {
  const listed = objectsOf(jsonPage(pages, '/v1/models')?.['data'])
  const served = chooseServed(listed, names)
  if (served === undefined && listed.length > 0) {
    const ids = listed.flatMap((item) => wordOf(item['id']) ?? []).join(', ')
    return fail('MISSING_DATA', `The server serves ${ids}, not "${names[0] ?? ''}".`)
  }
  const metrics = pages.get('/metrics')
  const facts = {
    ...optional('engine_version', wordOf(jsonPage(pages, '/version')?.['version'])),
    ...optional('runtime_context_tokens', positiveOf(served?.['max_model_len'])),
    ...(metrics === undefined ? {} : parseCacheConfig(metrics)),
    ...optional('kv_cache_used_share', gaugeOf(metrics, ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'])),
  }
  if (facts['runtime_context_tokens'] === undefined && facts['kv_num_blocks'] === undefined) {
    return fail('MISSING_DATA', 'The server does not say what it has loaded.', { hint: 'Observe its log instead.' })
  }
  const id = wordOf(served?.['id'])
  return ok({ outcome: 'started', metrics: facts, ...(id !== undefined && { servedModelId: id }) })
}

/** The model itself: adapters are listed too, with their parent. Several names of one model share their root. */
function chooseServed(listed: readonly JsonObject[], names: readonly string[]): JsonObject | undefined {
  const models = listed.filter((item) => item['parent'] === undefined || item['parent'] === null)
  const named = models.find((item) => names.some((name) => item['id'] === name || item['root'] === name))
  if (named !== undefined) return named
  const roots = new Set(models.map((item) => wordOf(item['root']) ?? wordOf(item['id'])))
  return roots.size === 1 ? models[0] : undefined
}
