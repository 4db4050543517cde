import { type Json, type JsonObject } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { parseHumanInteger } from '#shared/domain/units'
import { type FlagValues } from '#shared/estimator/request'
import { effectiveFlags } from '#shared/launch-args/effective-flags'

/** Body of the request that makes a running Ollama load a model, and what it cannot carry. */
export interface OllamaLoad {
  readonly body: JsonObject
  readonly notes: readonly string[]
}

type OptionKind = 'whole' | 'layers' | 'number' | 'list' | 'switch'

/** More layers than any model has: Ollama puts all of them on the GPU. */
const ALL_LAYERS = 999

/** Flag of an entry to option of a request (Ollama `api.Options`). */
const OPTIONS = {
  'num-ctx': ['num_ctx', 'whole'],
  'batch-size': ['num_batch', 'whole'],
  'gpu-layers': ['num_gpu', 'layers'],
  'main-gpu': ['main_gpu', 'whole'],
  'num-thread': ['num_thread', 'whole'],
  'num-keep': ['num_keep', 'whole'],
  'num-predict': ['num_predict', 'whole'],
  seed: ['seed', 'whole'],
  'top-k': ['top_k', 'whole'],
  'repeat-last-n': ['repeat_last_n', 'whole'],
  temperature: ['temperature', 'number'],
  'top-p': ['top_p', 'number'],
  'min-p': ['min_p', 'number'],
  'repeat-penalty': ['repeat_penalty', 'number'],
  stop: ['stop', 'list'],
  'use-mmap': ['use_mmap', 'switch'],
  'use-mlock': ['use_mlock', 'switch'],
} as const satisfies Readonly<Record<string, readonly [string, OptionKind]>>

/** Settings of the server itself: a request cannot change them. */
const OF_THE_SERVER: Readonly<Record<string, string>> = {
  'num-parallel': 'OLLAMA_NUM_PARALLEL',
  'cache-type-k': 'OLLAMA_KV_CACHE_TYPE',
  'flash-attn': 'OLLAMA_FLASH_ATTENTION',
}

/** Until somebody stops it, as any other engine that is served. */
const STAYS_LOADED = -1

/**
 * An empty prompt loads a model and answers nothing. Options come from `extra_args`; `--keep-alive` is how long it stays
 * loaded (without: until it is stopped). Error: BAD_VALUE for a value that cannot be one.
 */
export function ollamaLoad(tag: string, extraArgs: readonly string[] | string): Result<OllamaLoad> {
  const flags = effectiveFlags(extraArgs, 'ollama')
  const options: Record<string, Json> = {}
  for (const [flag, [name, kind]] of Object.entries(OPTIONS)) {
    const text = textOf(flags, flag)
    if (text === undefined || (kind === 'layers' && text === 'auto')) continue
    const value = optionValue(text, kind)
    if (value === undefined) return fail('BAD_VALUE', `--${flag} is "${text}", which Ollama cannot take.`)
    options[name] = value
  }
  const body = { model: tag, prompt: '', stream: false, keep_alive: keepAlive(flags), options }
  return ok({ body, notes: notesOn(flags) })
}

function textOf(flags: FlagValues, flag: string): string | undefined {
  if (Object.hasOwn(flags, `no-${flag}`)) return 'false'
  const value = Object.hasOwn(flags, flag) ? flags[flag] : undefined
  return value === true ? 'true' : value
}

function optionValue(text: string, kind: OptionKind): Json | undefined {
  switch (kind) {
    case 'whole':
      return wholeNumber(text)
    case 'layers':
      return text === 'all' ? ALL_LAYERS : wholeNumber(text)
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
    case 'list':
      return [text]
    case 'switch':
      return /^(?:true|1|on)$/i.test(text) ? true : /^(?:false|0|off)$/i.test(text) ? false : undefined
  }
}

/** Digits in the engines' human form; -1 stands for "no limit" or "by itself". */
function wholeNumber(text: string): number | undefined {
  if (/^-\d{1,9}$/.test(text)) return Number(text)
  const whole = parseHumanInteger(text)
  return whole.ok ? whole.value : undefined
}

/** Numbers are seconds, everything else is a duration of Go (`10m`). */
function keepAlive(flags: FlagValues): Json {
  const text = textOf(flags, 'keep-alive')
  if (text === undefined) return STAYS_LOADED
  return /^-?\d+$/.test(text) ? Number(text) : text
}

function notesOn(flags: FlagValues): readonly string[] {
  return Object.keys(flags).flatMap((name) => {
    const flag = name.replace(/^no-/, '')
    if (Object.hasOwn(OPTIONS, flag) || flag === 'keep-alive') return []
    const variable = Object.hasOwn(OF_THE_SERVER, flag) ? OF_THE_SERVER[flag] : undefined
    const why = variable === undefined ? 'Ollama takes no such option' : `${variable} of the running server decides`
    return [`--${flag} is not sent: ${why}.`]
  })
}

/** What kind of refusal an error text of Ollama is; the words are those of its server and of llama.cpp below it. */
export function ollamaFailureKind(sentence: string): string {
  if (/requires more system memory|insufficient memory/i.test(sentence)) return 'no_available_memory'
  if (/out of memory|cudaMalloc failed|ErrorOutOfDeviceMemory/i.test(sentence)) return 'cuda_oom'
  if (/not found/i.test(sentence)) return 'not_found'
  return 'load_failed'
}
