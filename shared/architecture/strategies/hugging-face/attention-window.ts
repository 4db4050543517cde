import { asInteger } from '../../candidates'
import { type ConfigView, type Found } from './config-view'

/** The attention window in tokens, unless it is switched off. */
export function windowOf(view: ConfigView): Found | undefined {
  if (view.find('use_sliding_window')?.value === false || isOffByFamily(view)) return undefined
  const found = view.find('sliding_window', 'sliding_window_size', 'attention_window_size')
  return asInteger(found?.value) === undefined ? undefined : found
}

/** Qwen's configuration, also under the names of remote code, has the window off unless `use_sliding_window` is set. */
function isOffByFamily(view: ConfigView): boolean {
  const isQwenLike = view.stated('max_window_layers') !== undefined && view.modelType !== 'dots1'
  return isQwenLike && view.find('use_sliding_window') === undefined
}
