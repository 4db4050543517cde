import { asInteger } from '../../candidates'
import { type ConfigView, type Found } from './config-view'

/** The attention window in tokens, unless it is switched off. */
export function windowOf(view: ConfigView): Found | undefined {
  if (view.find('use_sliding_window')?.value === false) return undefined
  const found = view.find('sliding_window', 'sliding_window_size', 'attention_window_size')
  return asInteger(found?.value) === undefined ? undefined : found
}
