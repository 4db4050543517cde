import { isJsonObject, type Json, type JsonObject, ownValue } from '../../../domain/json'
import { type Draft } from '../../candidates'
import { describeValue, isDeeperThan } from '../../foreign-values'
import { type ConfigView, type Found } from './config-view'

const THETA_KEYS = [
  'rope_theta',
  'rotary_emb_base',
  'rope_base',
  'attn_config.rope_theta',
  'rope_embedding_base',
  'global_rope_theta',
  'rope_freq_constant',
]

/** `rope_theta` and the verbatim `rope_scaling`; both spellings (before and since Transformers 5) are understood. */
export function setRope(view: ConfigView, draft: Draft): void {
  const scaling = ropeObject(view)
  if (scaling !== undefined) {
    draft.set('rope_scaling', scaling.object, {
      origin: scaling.found.origin,
      key: scaling.found.key,
      raw: scaling.found.value,
    })
  }
  const theta = thetaOf(view, scaling)
  if (theta === undefined) return
  if (typeof theta.value === 'number' && theta.value > 0) {
    draft.set('rope_theta', theta.value, { origin: theta.origin, key: theta.key, raw: theta.value })
  } else if (theta.value !== 0) draft.warn(`${theta.key} is not a positive number: ${describeValue(theta.value)}.`)
}

export interface RopeObject {
  readonly found: Found
  readonly object: { [key: string]: Json }
}

/** `rope_parameters` (Transformers 5) or `rope_scaling`, when it is an object. */
export function ropeObject(view: ConfigView): RopeObject | undefined {
  const found = view.own('rope_parameters', 'rope_scaling')
  if (found === undefined || !isJsonObject(found.value) || isDeeperThan(found.value, 4)) return undefined
  return { found, object: { ...found.value } }
}

/** Rope blocks: one, or one per layer kind (`full_attention`, `sliding_attention`, `main`, ...). */
export function ropeBlocks(object: JsonObject): readonly JsonObject[] {
  const nested = Object.values(object).filter(isJsonObject)
  return nested.length > 0 && ownValue(object, 'rope_type') === undefined && ownValue(object, 'type') === undefined
    ? nested
    : [object]
}

function thetaOf(view: ConfigView, scaling: RopeObject | undefined): Found | undefined {
  const direct = view.own(...THETA_KEYS)
  if (direct !== undefined) return direct
  const inside = scaling === undefined ? undefined : thetaInside(scaling)
  if (inside !== undefined) return inside
  // ChatGLM: base = 10000 x rope_ratio (modeling_chatglm.py).
  const ratio = view.stated('rope_ratio')
  if (ratio !== undefined && typeof ratio.value === 'number') {
    return { value: 10_000 * ratio.value, key: 'rope_ratio', origin: 'derived:rope_ratio' }
  }
  return view.isNull('rope_theta') || usesAlibi(view) ? undefined : view.find('rope_theta')
}

/** With one base per layer kind the global layers speak for the model. */
function thetaInside(scaling: RopeObject): Found | undefined {
  const { object, found } = scaling
  for (const path of ['', 'full_attention', 'main', 'hybrid']) {
    const block = path === '' ? object : ownValue(object, path)
    const theta = isJsonObject(block) ? ownValue(block, 'rope_theta') : undefined
    if (theta !== undefined && theta !== null) {
      return { value: theta, key: `${found.key}.${path === '' ? '' : `${path}.`}rope_theta`, origin: found.origin }
    }
  }
  return undefined
}

function usesAlibi(view: ConfigView): boolean {
  return view.find('alibi')?.value === true || view.stated('attn_config.alibi')?.value === true
}
