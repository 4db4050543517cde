import { isJsonObject, type Json, type JsonObject, ownValue } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { type ObservedStart } from '../log-lines/log-reader'
import { jsonPage, objectsOf, optional, type Pages, positiveOf, wholeOf, wordOf } from './pages'

export const ollamaPaths = ['/api/version', '/api/ps'] as const

/** Under which names a model may be loaded, and whether one of them is a tag of Ollama (else any single model is it). */
export interface OllamaNames {
  readonly names: readonly string[]
  readonly isTagKnown: boolean
}

/** The loaded model that is meant, as `/api/ps` lists it. Error: MISSING_DATA. */
export function chooseLoaded(pages: Pages, { names, isTagKnown }: OllamaNames): Result<JsonObject> {
  const page = jsonPage(pages, '/api/ps')
  if (page === undefined) return fail('MISSING_DATA', 'The server does not say which models it has loaded.')
  const running = objectsOf(page['models'])
  const wanted = new Set(names.map(fullTag))
  const found = running.find((item) =>
    [item['name'], item['model']].some((name) => isTag(name) && wanted.has(fullTag(name))),
  )
  if (found !== undefined) return ok(found)
  const [only] = running
  if (!isTagKnown && only !== undefined && running.length === 1) return ok(only)
  const others = running.flatMap((item) => wordOf(item['name']) ?? [])
  const instead = others.length === 0 ? '' : ` It has loaded ${others.join(', ')}.`
  return fail('MISSING_DATA', `Ollama has not loaded "${names[0] ?? ''}".${instead}`, {
    hint: 'Load it with: headroom serve, or send it a request first.',
  })
}

/**
 * What Ollama says about a loaded model: its sizes are Ollama's own account (weights, cache and graph together).
 * `show` is the answer of `/api/show`, when there is one.
 */
export function readOllamaPages(pages: Pages, loaded: JsonObject, show: JsonObject | undefined): ObservedStart {
  const details = firstObject(loaded['details'], show?.['details'])
  const facts = {
    ...optional('engine_version', wordOf(jsonPage(pages, '/api/version')?.['version'])),
    // The context of a request; how many slots there are is told by nobody.
    ...optional('runtime_context_tokens', wholeOf(loaded['context_length'])),
    ...optional('configured_num_ctx', numCtx(show?.['parameters'])),
    ...optional('loaded_gib', gib(positiveOf(loaded['size']))),
    ...optional('loaded_gpu_gib', gib(positiveOf(loaded['size_vram']))),
    ...optional('quantization', wordOf(ownValue(details, 'quantization_level'))?.toLowerCase()),
  }
  const id = wordOf(loaded['name']) ?? wordOf(loaded['model'])
  return { outcome: 'started', metrics: facts, ...(id !== undefined && { servedModelId: id }) }
}

/** `llama3` is `llama3:latest`; case and the name of the default registry make no other model. */
export function fullTag(name: string): string {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(/^ollama:\/*/, '')
    .replace(/^registry\.ollama\.ai\//, '')
    .replace(/^library\//, '')
  return /:[^/]+$/.test(plain) ? plain : `${plain}:latest`
}

function isTag(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

function firstObject(...values: readonly (Json | undefined)[]): JsonObject {
  return values.find(isJsonObject) ?? {}
}

/** `num_ctx                        8192` in the text of the parameters. */
function numCtx(parameters: Json | undefined): number | undefined {
  const text = typeof parameters === 'string' ? /^\s*num_ctx\s+(\d+)\s*$/m.exec(parameters)?.[1] : undefined
  return text === undefined ? undefined : wholeOf(Number(text))
}

function gib(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : Math.round((bytes / 2 ** 30) * 1e4) / 1e4
}
