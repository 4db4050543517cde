import { describe, expect, it } from 'vitest'
import { type ModelView } from '#shared/domain/model-view'
import { choicesOf, countVerdicts, haystackOf, matches, modelRow, NO_FILTER } from './view-model'

function model(name: string, more: Partial<ModelView> = {}): ModelView {
  return {
    id: name,
    name,
    backend: 'vllm',
    extra_args_layer: 'discovered',
    extra_args: [],
    aliases: [],
    deprecated: false,
    rows: [],
    files_state: 'no_path',
    warnings: [],
    ...more,
  }
}

describe('modelRow', () => {
  it('takes the parameters from the tensors and never from the name', () => {
    expect(modelRow(model('Qwen3-8B'), undefined).parameters).toBeUndefined()
    expect(modelRow(model('x', { architecture: { parameters_total: 8e9 } }), undefined).parameters).toBe(8e9)
  })

  it('names the bits of a method that does not say them itself', () => {
    const text = (architecture: ModelView['architecture']) =>
      modelRow(model('x', { architecture }), undefined).quantization
    expect(text({ quantization: 'awq', quantization_bits: 4 })).toBe('awq 4-bit')
    expect(text({ quantization: 'q4_k_m', quantization_bits: 4 })).toBe('q4_k_m')
    expect(text({ quantization: 'none', dtype: 'bfloat16' })).toBe('bfloat16')
  })
})

describe('matches', () => {
  const entry = model('Qwen3-8B', { aliases: ['chat'], format: 'safetensors' })
  const row = modelRow(entry, { verdict: 'tight', binding: '' })
  const match = (more: Partial<typeof NO_FILTER>) => matches(row, { ...NO_FILTER, ...more }, haystackOf(entry))

  it('finds every word anywhere in name, alias or path', () => {
    expect(match({ text: 'qwen CHAT' })).toBe(true)
    expect(match({ text: 'qwen llama' })).toBe(false)
  })

  it('filters by verdict, format, engine and gaps', () => {
    expect([match({ verdict: 'tight' }), match({ verdict: 'fits' })]).toEqual([true, false])
    expect([match({ format: 'safetensors' }), match({ format: 'gguf' })]).toEqual([true, false])
    expect([match({ engine: 'vllm' }), match({ engine: 'ollama' })]).toEqual([true, false])
    expect(match({ missingData: true })).toBe(true)
  })

  it('counts verdicts and lists choices', () => {
    expect(countVerdicts([row])).toEqual({ fits: 0, tight: 1, does_not_fit: 0, unknown: 0 })
    expect(choicesOf([row, row], 'format')).toEqual(['safetensors'])
  })
})
