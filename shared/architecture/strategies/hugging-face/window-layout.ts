import { type Json, ownValue } from '../../../domain/json'
import { asInteger } from '../../candidates'
import { windowOf, windowOfLayer } from './attention-window'
import { type ConfigView, type Found, text } from './config-view'
import { isKnownType } from './families'
import { everyLayer, type LayerRole, type Layout } from './layer-kinds'

/** Every n-th layer is full, the others slide: the rhythm of the class when the file does not state it. */
const everyNth: Readonly<Record<string, number>> = {
  gemma2: 2,
  vaultgemma: 2,
  t5_gemma_module: 2,
  gpt_oss: 2,
  gemma3_text: 6,
  gemma3: 6,
  gemma3n_text: 5,
  gemma4_text: 6,
  gemma4_unified_text: 6,
  diffusion_gemma_text: 6,
  t5gemma2_text: 6,
  t5gemma2_decoder: 6,
  cohere2: 4,
  exaone4: 4,
  exaone4_5_text: 4,
  exaone_moe: 4,
  olmo3: 4,
  afmoe: 4,
  cohere2_moe: 4,
  muse_glimmer_text: 4,
}
/** The first of every n layers is full. */
const denseFirst: Readonly<Record<string, number>> = {
  'modernbert-decoder': 3,
  cwm: 4,
  granite_swa: 4,
  granitemoe_swa: 4,
}
/** Only the layers that a list names slide; without one, none does. */
const listedOnly = new Set('laguna mellum step3p5 cohere_compass_text lfm2 lfm2_moe minimax_m3_vl_text zaya'.split(' '))
/** Layers from `max_window_layers` on slide. */
const slidesFrom = /^(?:qwen2|qwen3|qwen2_vl|qwen2_5_vl|qwen2_vl_text|qwen2_5_vl_text|qwen2_5_omni_text|dots1|mimo)$/
/** Every layer slides when a window is stated. */
const slidesEverywhere = new Set(
  'mistral mixtral starcoder2 phi3 phi3_v phi4mm phi4_multimodal phimoe ministral mistral3 qwen3_moe qwen3_vl_moe_text moshi kyutai_speech_to_text voxtral_realtime_text'.split(
    ' ',
  ),
)

/** Full, windowed or chunked attention in a plain transformer. */
export function windowLayout(view: ConfigView, layers: number): Layout {
  const chunked = chunkedLayout(view, layers)
  if (chunked !== undefined) return chunked
  const types = localTypes(view, layers)
  if (types !== undefined) return types
  const window = windowOf(view)
  if (window === undefined || isLatent(view) || listedOnly.has(view.modelType ?? '')) {
    return { roles: everyLayer(layers, () => 'full'), origin: 'derived:num_layers', key: '' }
  }
  if (Array.isArray(window.value)) {
    const role = (index: number): LayerRole => (windowOfLayer(view, index) === undefined ? 'full' : 'sliding')
    return { roles: everyLayer(layers, role), origin: window.origin, key: window.key }
  }
  return patternLayout(view, layers) ?? familyLayout(view, layers, window)
}

/** Latent attention has no windowed form. */
function isLatent(view: ConfigView): boolean {
  return asInteger(view.find('kv_lora_rank')?.value) !== undefined && view.stated('use_mla')?.value !== false
}

/** Llama 4: layers that use rotary positions see one chunk, the others everything. */
function chunkedLayout(view: ConfigView, layers: number): Layout | undefined {
  const chunk = view.find('attention_chunk_size')
  // MiMo-V2 states a chunk that its model code does not use; vLLM strips it.
  if (chunk === undefined || asInteger(chunk.value) === undefined || /^mimo/.test(view.modelType ?? ''))
    return undefined
  const flags = view.stated('no_rope_layers')
  if (flags !== undefined && Array.isArray(flags.value) && flags.value.length >= layers) {
    const uses = flags.value as readonly Json[]
    const role = (index: number): LayerRole => (uses[index] === 0 || uses[index] === false ? 'full' : 'chunked')
    return { roles: everyLayer(layers, role), origin: flags.origin, key: flags.key }
  }
  const interval = view.find('no_rope_layer_interval', 'nope_layer_interval')
  const every = asInteger(interval?.value) ?? 4
  return {
    roles: everyLayer(layers, (index) => ((index + 1) % every === 0 ? 'full' : 'chunked')),
    origin: interval?.origin ?? 'default:llama4_text class rule',
    key: interval?.key ?? 'attention_chunk_size',
  }
}

/** GPT-Neo: `attention_types: [[["global", "local"], 12]]`. */
function localTypes(view: ConfigView, layers: number): Layout | undefined {
  const found = view.stated('attention_types')
  if (found === undefined || !Array.isArray(found.value) || asInteger(view.find('window_size')?.value) === undefined)
    return undefined
  const roles: LayerRole[] = []
  for (const item of found.value as readonly Json[]) {
    const [names, times] = Array.isArray(item) ? (item as readonly Json[]) : []
    const repeat = asInteger(times)
    if (!Array.isArray(names) || repeat === undefined || repeat > layers) return undefined
    for (let round = 0; round < repeat && roles.length <= layers; round++) {
      for (const name of names as readonly Json[]) roles.push(name === 'local' ? 'sliding' : 'full')
    }
  }
  return roles.length === layers ? { roles, origin: found.origin, key: found.key } : undefined
}

/** A rhythm that the file states: a period (last of n is full) or letters (`L` slides, `G` does not). */
function patternLayout(view: ConfigView, layers: number): Layout | undefined {
  const found = view.stated('sliding_window_pattern', '_sliding_window_pattern', 'global_attn_every_n_layers')
  if (found === undefined) return undefined
  const where = { origin: found.origin, key: found.key }
  const period = asInteger(found.value)
  if (period !== undefined) {
    const isFull = ownValue(denseFirst, view.modelType ?? '') === undefined ? lastOf(period) : firstOf(period)
    return { ...where, roles: everyLayer(layers, (index) => (isFull(index) ? 'full' : 'sliding')) }
  }
  const letters = text(found.value)
  if (letters === undefined || !/^[LG]+$/.test(letters)) return undefined
  const role = (index: number): LayerRole =>
    letters[index % letters.length] === 'L' && index !== layers - 1 ? 'sliding' : 'full'
  return { ...where, roles: everyLayer(layers, role) }
}

const lastOf =
  (period: number) =>
  (index: number): boolean =>
    (index + 1) % period === 0
const firstOf =
  (period: number) =>
  (index: number): boolean =>
    index % period === 0

function familyLayout(view: ConfigView, layers: number, window: Found): Layout {
  const type = view.modelType ?? ''
  const rule = familyRule(view, layers)
  if (rule !== undefined)
    return { roles: everyLayer(layers, rule), origin: `default:${type} class rule`, key: window.key }
  const roles = everyLayer(layers, () => 'sliding')
  if (slidesEverywhere.has(type)) return { roles, origin: window.origin, key: window.key }
  const origin = isKnownType(type) ? window.origin : 'heuristic:sliding_window stated without a pattern'
  const note = 'sliding_window is stated without a pattern: every layer is taken to slide.'
  return { roles, origin, key: window.key, note }
}

/** Which layers slide in a family whose class fixes it. */
function familyRule(view: ConfigView, layers: number): ((index: number) => LayerRole) | undefined {
  const type = view.modelType ?? ''
  const slides = (isSliding: boolean): LayerRole => (isSliding ? 'sliding' : 'full')
  const period = ownValue(everyNth, type)
  // Gemma 4 forces its last layer to see everything.
  const isLastFull = /^(?:gemma4|diffusion_gemma|muse_glimmer)/.test(type)
  if (period !== undefined)
    return (index) => slides((index + 1) % period !== 0 && !(isLastFull && index === layers - 1))
  const first = ownValue(denseFirst, type)
  if (first !== undefined) return (index) => slides(index % first !== 0)
  if (type === 'mimo_v2_flash') return (index) => slides(index !== 0 && (index + 1) % 6 !== 0)
  // SmolLM3 slides where it uses no rotary positions: the last of every four layers.
  if (type === 'smollm3') return (index) => slides((index + 1) % 4 === 0)
  const from = asInteger(view.find('max_window_layers')?.value, 0)
  if (from === undefined) return undefined
  if (type === 'qwen2_moe') return (index) => slides(index % 2 === 0 && index < from)
  return slidesFrom.test(type) ? (index) => slides(index >= from) : undefined
}
