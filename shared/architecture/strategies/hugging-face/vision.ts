import { isJsonObject, type Json, type JsonObject, ownValue } from '../../../domain/json'
import { asInteger, type Draft } from '../../candidates'
import { type RawDocument } from '../../raw'
import { type ConfigView, type Found } from './config-view'

const VISION_KEYS = [
  'vision_config',
  'visual',
  'vision_tower_cfg',
  'visual_config',
  'vit_config',
  'vision_encoder_config',
  'vision_encoder',
  'vision_model_config',
  'vision_tower_config',
  'image_encoder_config',
  'visual_tokenizer_config.backbone_config',
]

const partKeys = {
  image_size: ['image_size', 'img_size', 'image_default_input_size'],
  patch_size: ['patch_size', 'image_patch_size'],
  hidden_size: ['hidden_size', 'vt_hidden_size', 'width', 'embed_dim'],
  num_layers: ['num_hidden_layers', 'depth', 'layers', 'vt_num_hidden_layers', 'num_layers', 'n_layers'],
  projection_dim: ['projection_dim'],
} as const

/** The vision tower, only what its own sub-config (or a separate vision_config.json) states. */
export function setVision(view: ConfigView, separate: RawDocument | undefined, draft: Draft): void {
  const found = view.stated(...VISION_KEYS) ?? fromFile(separate)
  if (found === undefined || !isJsonObject(found.value)) return
  const parts = partsOf(found.value, draft)
  if (Object.keys(parts).length > 0) draft.set('vision', parts, { origin: found.origin, key: found.key })
}

function fromFile(document: RawDocument | undefined): Found | undefined {
  if (document === undefined) return undefined
  const inner = isJsonObject(document.json) ? ownValue(document.json, 'vision_config') : undefined
  return {
    value: inner ?? document.json,
    key: inner === undefined ? '' : 'vision_config',
    origin: `config:${document.file}`,
  }
}

function partsOf(tower: JsonObject, draft: Draft): Record<string, number> {
  const params = ownValue(tower, 'params')
  const places = isJsonObject(params) ? [tower, params] : [tower]
  const parts: Record<string, number> = {}
  for (const [part, keys] of Object.entries(partKeys)) {
    const value = firstNumber(places, keys)
    if (value !== undefined) parts[part] = value
  }
  // Qwen2-VL: `hidden_size` is the width of the language model there and the tower's own width is `embed_dim`.
  const own = asInteger(ownValue(tower, 'embed_dim'))
  if (own !== undefined && parts['hidden_size'] !== own) {
    delete parts['hidden_size']
    draft.warn(`The vision config states two widths (hidden_size and embed_dim ${own}); none is taken.`)
  }
  return parts
}

function firstNumber(places: readonly JsonObject[], keys: readonly string[]): number | undefined {
  for (const place of places) {
    for (const key of keys) {
      const value = square(ownValue(place, key))
      if (value !== undefined) return value
    }
  }
  return undefined
}

/** `[448, 448]` is 448; a list of different sizes belongs to several stages and says nothing about one. */
function square(value: Json | undefined): number | undefined {
  if (!Array.isArray(value)) return asInteger(value)
  const items = value as readonly Json[]
  return items.length === 2 && items[0] === items[1] ? asInteger(items[0]) : undefined
}
