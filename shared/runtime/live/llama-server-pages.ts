import { isJsonObject, type JsonObject, ownValue } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { type ObservedStart } from '../log-lines/log-reader'
import { gaugeOf, jsonPage, objectsOf, optional, type Pages, wholeOf, wordOf } from './pages'

export const llamaServerPaths = ['/props', '/v1/models', '/metrics'] as const

/**
 * First build whose slots may share one cache without a flag: from here on a slot's context is either its part or the
 * whole, and no page says which (llama.cpp pull request 16736, November 2025).
 */
const FIRST_SHARED_BUILD = 6900

/**
 * What llama-server's pages say: contexts and slots, never bytes of memory. Errors: MISSING_DATA, UNAUTHORIZED is told
 * by the caller.
 */
export function readLlamaServerPages(pages: Pages): Result<ObservedStart> {
  const props = jsonPage(pages, '/props')
  if (props?.['role'] === 'router') {
    return fail('MISSING_DATA', 'This server is a router that starts others.', {
      hint: 'Name the address of the server that holds the model.',
    })
  }
  const [listed] = objectsOf(jsonPage(pages, '/v1/models')?.['data'])
  const meta = listed === undefined ? undefined : ownValue(listed, 'meta')
  const build = wordOf(props?.['build_info'])
  const { perSlot, slots, total } = contexts(props, build)
  if (perSlot === undefined) {
    return fail('MISSING_DATA', 'The server does not say what it has loaded.', { hint: 'Observe its log instead.' })
  }
  const facts = {
    ...optional('engine_version', build),
    ...optional('context_per_slot_tokens', perSlot),
    ...optional('runtime_max_batch_size', slots),
    ...optional('runtime_context_tokens', total),
    ...optional('model_tensor_bytes', isJsonObject(meta) ? wholeOf(ownValue(meta, 'size')) : undefined),
    ...optional('kv_cache_used_share', gaugeOf(pages.get('/metrics'), ['llamacpp:kv_cache_usage_ratio'])),
  }
  const id = wordOf(listed?.['id']) ?? wordOf(props?.['model_alias'])
  return ok({ outcome: 'started', metrics: facts, ...(id !== undefined && { servedModelId: id }) })
}

interface Contexts {
  readonly perSlot: number | undefined
  readonly slots: number | undefined
  /** Over all slots; absent when the slots may share it. */
  readonly total: number | undefined
}

function contexts(props: JsonObject | undefined, build: string | undefined): Contexts {
  const generation = props?.['default_generation_settings']
  const perSlot = isJsonObject(generation) ? wholeOf(ownValue(generation, 'n_ctx')) : undefined
  const slots = wholeOf(props?.['total_slots'])
  const number = Number(/^b?(\d{3,6})\b/.exec(build ?? '')?.[1] ?? Number.NaN)
  const isSplit = slots === 1 || number < FIRST_SHARED_BUILD
  const total = perSlot !== undefined && slots !== undefined && isSplit ? perSlot * slots : undefined
  return { perSlot, slots, total }
}
