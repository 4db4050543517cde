import { type Json, ownValue } from '../../../domain/json'
import { type Draft } from '../../candidates'
import { type ConfigView, type Found } from './config-view'

const DTYPE = /^(?:torch\.)?(float16|bfloat16|float32|float64|half|bf16|fp16|fp32|float8_e4m3fn|float8_e5m2)$/
const LONG_NAME: Readonly<Record<string, string>> = {
  half: 'float16',
  bf16: 'bfloat16',
  fp16: 'float16',
  fp32: 'float32',
}

/**
 * `dtype`: the top level first (that is what vLLM's `_find_dtype` does), then the decoder's own config.
 * A disagreement between the two is a warning. Precisions follow from a 16-bit dtype, marked as inference.
 */
export function setDtype(view: ConfigView, draft: Draft): void {
  const inner = view.stated('dtype', 'torch_dtype', 'model_dtype', 'params_dtype')
  const outer = topDtype(view)
  const chosen = nameOf(outer?.value) === undefined ? inner : outer
  const dtype = nameOf(chosen?.value)
  if (chosen === undefined || dtype === undefined) return
  draft.set('dtype', dtype, { origin: chosen.origin, key: chosen.key, raw: chosen.value })
  const other = nameOf(inner?.value)
  if (other !== undefined && other !== dtype)
    draft.warn(`dtype: the file says ${dtype} at the top and ${other} for the decoder; ${dtype} is used.`)
  if (dtype === 'float16' || dtype === 'bfloat16')
    draft.set('attention_precision', dtype, { origin: 'heuristic:model dtype' })
}

function topDtype(view: ConfigView): Found | undefined {
  for (const key of ['dtype', 'torch_dtype']) {
    const value = ownValue(view.top, key)
    if (nameOf(value) !== undefined && value !== undefined) return { value, key, origin: `config:${view.file}` }
  }
  return undefined
}

function nameOf(value: Json | undefined): string | undefined {
  const name = typeof value === 'string' ? DTYPE.exec(value)?.[1] : undefined
  return name === undefined ? undefined : (ownValue(LONG_NAME, name) ?? name)
}
