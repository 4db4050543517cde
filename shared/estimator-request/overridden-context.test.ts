import { describe, expect, it } from 'vitest'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { withOverriddenContext } from './overridden-context'

const model = { family: 'qwen3', max_position_embeddings: 40_960, context_length: 40_960 }

function contextWith(values: Readonly<Record<string, string>>, architecture: ArchitectureMetadata = model) {
  return withOverriddenContext(architecture, [{ source: 'flag', values }]).context_length
}

describe('withOverriddenContext', () => {
  it.each([
    [
      'yarn from its original length',
      { factor: 4, rope_type: 'yarn', original_max_position_embeddings: 32_768 },
      131_072,
    ],
    ['yarn without an original length', { factor: 2, rope_type: 'yarn' }, 81_920],
    ['linear from the stated length', { factor: 2, type: 'linear' }, 81_920],
    ['a type that states the scaled limit', { factor: 8, rope_type: 'llama3' }, 40_960],
    ['no type', { factor: 8 }, 40_960],
  ])('--rope-scaling: %s', (_, scaling, tokens) => {
    expect(contextWith({ 'rope-scaling': JSON.stringify(scaling) })).toBe(tokens)
    expect(contextWith({ 'hf-overrides': JSON.stringify({ rope_scaling: scaling }) })).toBe(tokens)
    expect(contextWith({ 'hf-overrides': JSON.stringify({ text_config: { rope_parameters: scaling } }) })).toBe(tokens)
  })

  it('--hf-overrides: positions, scaled by what the model states itself', () => {
    expect(contextWith({ 'hf-overrides': '{"max_position_embeddings": 65536}' })).toBe(65_536)
    const linear = { ...model, rope_scaling: { type: 'linear', factor: 2 } }
    expect(contextWith({ 'hf-overrides': '{"max_position_embeddings": 65536}' }, linear)).toBe(131_072)
  })

  it('says which flag it was', () => {
    const flags = [{ source: 'flag', values: { 'hf-overrides': '{"max_position_embeddings": 65536}' } }]
    const changed = withOverriddenContext({ ...model, field_sources: { family: 'config:config.json' } }, flags)
    expect(changed.field_sources).toEqual({ family: 'config:config.json', context_length: 'flag:--hf-overrides' })
  })

  it.each(['', 'null', '[1]', '{"max_position_embeddings": -1}', '{"hidden_size": 4}', '{bad'])(
    '%j changes nothing',
    (text) => {
      expect(withOverriddenContext(model, [{ source: 'flag', values: { 'hf-overrides': text } }])).toBe(model)
    },
  )
})
