import { type Json } from '../../../domain/json'
import { asInteger } from '../../candidates'
import { type ConfigView, type Found } from './config-view'
import { cyclic, layerOverride } from './per-layer'

/** The attention window, unless it is switched off: tokens, or a list with one entry a layer (`null`: sees everything). */
export function windowOf(view: ConfigView): Found | undefined {
  if (view.find('use_sliding_window')?.value === false || isOffByFamily(view)) return undefined
  const found = view.find('sliding_window', 'sliding_window_size', 'attention_window_size') ?? halfOfLocal(view)
  const value = found?.value
  const isStated = Array.isArray(value)
    ? (value as readonly Json[]).some((item) => asInteger(item) !== undefined)
    : asInteger(value) !== undefined
  return isStated ? found : undefined
}

/** ModernBERT counts both sides of a token; its decoder sees the one behind (`configuration_modernbert_decoder.py`). */
function halfOfLocal(view: ConfigView): Found | undefined {
  const found = view.modelType === 'modernbert-decoder' ? view.find('local_attention') : undefined
  const both = asInteger(found?.value, 2)
  return found === undefined || both === undefined ? undefined : { ...found, value: Math.floor(both / 2) }
}

/** Window of one layer in tokens; `undefined` when it sees everything. */
export function windowOfLayer(view: ConfigView, index: number): number | undefined {
  const own = layerOverride(view, index, 'sliding_window')
  if (own !== undefined) return asInteger(own)
  const value = windowOf(view)?.value
  return asInteger(Array.isArray(value) ? cyclic(value as readonly Json[], index) : value)
}

/** Qwen's configuration, also under the names of remote code, has the window off unless `use_sliding_window` is set. */
function isOffByFamily(view: ConfigView): boolean {
  const isQwenLike = view.stated('max_window_layers') !== undefined && view.modelType !== 'dots1'
  return isQwenLike && view.find('use_sliding_window') === undefined
}
