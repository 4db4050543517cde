import { isJsonObject, type Json, type JsonObject, ownValue } from '../../../domain/json'
import { asInteger, type Draft } from '../../candidates'
import { type RawDocument } from '../../raw'
import { type ConfigView, type Found, text } from './config-view'
import { isRobertaLike } from './families'
import { ropeBlocks, ropeObject } from './rope'

/** Keys that bound the sequence, smallest wins. Source: vLLM `_get_and_verify_max_len`. */
const LENGTH_KEYS = [
  'max_position_embeddings',
  'n_positions',
  'max_seq_len',
  'seq_length',
  'model_max_length',
  'max_target_positions',
  'max_sequence_length',
  'max_seq_length',
  'seq_len',
]
/** Rope types whose stated limit is already the scaled one. */
const UNSCALED = new Set(['su', 'longrope', 'llama3', 'default', 'mrope', 'proportional'])
/** Families in which `n_positions` is the name of `max_position_embeddings`. */
const positionsByOtherName = new Set([
  'gpt2',
  'gpt-sw3',
  'gptj',
  'codegen',
  'gpt_bigcode',
  'ctrl',
  'openai-gpt',
  'imagegpt',
])

/** `max_position_embeddings` as stated, and `context_length` as vLLM derives `max_model_len`. */
export function setContextLength(view: ConfigView, side: SideLimits, draft: Draft): void {
  const positionKeys = positionsByOtherName.has(view.modelType ?? '')
    ? ['max_position_embeddings', 'n_positions']
    : ['max_position_embeddings']
  // A class default stands in only when the file names no length at all: remote code reuses model types with other keys.
  const positions =
    view.stated(...LENGTH_KEYS) === undefined ? view.find(...positionKeys) : view.stated(...positionKeys)
  const positionsValue = asInteger(positions?.value)
  if (positions !== undefined && positionsValue !== undefined) {
    draft.set('max_position_embeddings', positionsValue, {
      origin: positions.origin,
      key: positions.key,
      raw: positions.value,
    })
  }
  const limit = statedLimit(view)
  if (limit === undefined) {
    draft.warn('The config states no sequence length: the context length is unknown.')
    return
  }
  const scaled = scaleByRope(view, limit, draft)
  const derived = { value: scaled.value, origin: scaled.origin, key: limit.key, raw: limit.raw }
  const { value, ...where } = lowered(derived, side)
  draft.set('context_length', value, where)
}

/** Files beside the config that bound an embedding model. Source: vLLM `get_and_verify_max_len`. */
export interface SideLimits {
  readonly isEncoder: boolean
  readonly tokenizerConfig: RawDocument | undefined
  readonly sentenceBertConfig: RawDocument | undefined
}

/** `sentence_bert_config.max_seq_length` decides; the tokenizer's limit lowers, but only for encoders. */
function lowered(derived: Limit, side: SideLimits): Limit {
  const sentence = documentLimit(side.sentenceBertConfig, 'max_seq_length')
  if (sentence !== undefined) return sentence
  const tokenizer = side.isEncoder ? documentLimit(side.tokenizerConfig, 'model_max_length') : undefined
  return tokenizer !== undefined && tokenizer.value < derived.value ? tokenizer : derived
}

function documentLimit(document: RawDocument | undefined, key: string): Limit | undefined {
  if (document === undefined || !isJsonObject(document.json)) return undefined
  const raw = ownValue(document.json, key)
  const value = asInteger(raw)
  return raw === undefined || value === undefined ? undefined : { value, key, raw, origin: `config:${document.file}` }
}

interface Limit {
  readonly value: number
  readonly key: string
  readonly raw: Json
  readonly origin: string
}

function statedLimit(view: ConfigView): Limit | undefined {
  // vLLM reads the text config alone: an outer level counts only when the inner one names no length at all.
  const place = view.stated(...LENGTH_KEYS)?.origin
  const here = (key: string): Limit | undefined => {
    const found = view.stated(key)
    return found?.origin === place ? toLimit(found) : undefined
  }
  const overriding = here('model_max_length')
  if (overriding !== undefined) return overriding
  const limits = LENGTH_KEYS.map(here).filter((limit) => limit !== undefined)
  const smallest = limits.toSorted((a, b) => a.value - b.value)[0]
  const found = smallest ?? toLimit(view.stated('context_length', 'max_context_length', 'n_ctx')) ?? classLimit(view)
  if (found === undefined || !isRobertaLike(view.modelType) || found.value < 4) return found
  // Position ids start behind the padding index, so two rows of the table are never reached.
  return { ...found, value: found.value - 2, origin: 'derived:max_position_embeddings,padding offset' }
}

function classLimit(view: ConfigView): Limit | undefined {
  return LENGTH_KEYS.map((key) => toLimit(view.find(key))).find((limit) => limit !== undefined)
}

function toLimit(found: Found | undefined): Limit | undefined {
  const value = asInteger(found?.value)
  return found === undefined || value === undefined
    ? undefined
    : { value, key: found.key, raw: found.value, origin: found.origin }
}

/** yarn: original x factor; others: x factor; some types and Gemma 3 state the scaled limit already. */
function scaleByRope(view: ConfigView, limit: Limit, draft: Draft): { value: number; origin: string } {
  const rope = ropeObject(view)
  if (rope === undefined || (view.modelType ?? '').includes('gemma3')) return limit
  let value = limit.value
  let factor = 1
  let isScaled = false
  for (const block of ropeBlocks(rope.object)) {
    const type = text(ownValue(block, 'rope_type')) ?? text(ownValue(block, 'type'))
    if (type === undefined) continue
    noteLongRope(view, { type, block, limit: limit.value }, draft)
    if (UNSCALED.has(type)) continue
    const blockFactor = ownValue(block, 'factor')
    if (typeof blockFactor !== 'number' || !(blockFactor > 0)) continue
    isScaled = true
    factor = blockFactor
    if (isYarn(type)) value = originalLength(view, block) ?? value
  }
  if (!isScaled) return limit
  const product = Math.floor(value * factor)
  if (!Number.isSafeInteger(product) || product < 1) return limit
  return { value: product, origin: product === limit.value ? limit.origin : `derived:${limit.key},${rope.found.key}` }
}

/** Inside the rope block, else beside it (Transformers moves it in when it loads the file). */
function originalLength(view: ConfigView, block: JsonObject): number | undefined {
  const key = 'original_max_position_embeddings'
  return asInteger(ownValue(block, key)) ?? asInteger(view.stated(key)?.value)
}

function isYarn(type: string): boolean {
  return type === 'yarn' || type === 'deepseek_yarn'
}

function noteLongRope(
  view: ConfigView,
  { type, block, limit }: { readonly type: string; readonly block: JsonObject; readonly limit: number },
  draft: Draft,
): void {
  if (type !== 'longrope' && type !== 'su') return
  const original = originalLength(view, block)
  if (original === undefined || original >= limit) return
  draft.warn(
    `LongRoPE: newer vLLM releases start at the original length (${original}) unless a longer one is asked for.`,
  )
}
