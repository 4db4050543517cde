import { expect, it } from 'vitest'
import { architectureFieldText, parseArchitectureField } from './parse-architecture-field'

it.each([
  ['num_layers', '36', 36],
  ['context_length', '32K', 32_768],
  ['weights_bytes', '15.3', 16_428_249_907],
  ['weights_bytes', '1,024 B', 1024],
  ['rope_theta', '1,000,000', 1_000_000],
  ['dtype', ' bfloat16 ', 'bfloat16'],
  ['moe', '{"num_experts": 8, "experts_per_token": 2}', { num_experts: 8, experts_per_token: 2 }],
] as const)('%s reads %j', (field, text, value) => {
  expect(parseArchitectureField(field, text)).toEqual({ ok: true, value })
})

it.each([
  ['num_layers', '0'],
  ['num_layers', 'many'],
  ['num_layers', ''],
  ['kind', 'car'],
  ['weights_bytes', '-1'],
  ['moe', '{"num_experts": 8}'],
  ['layer_groups', '[{"count": 2, "kind": "odd"}]'],
  ['mla', 'latent 512'],
] as const)('%s refuses %j', (field, text) => {
  expect(parseArchitectureField(field, text)).toMatchObject({ ok: false, error: { code: 'BAD_VALUE' } })
})

it('writes what it reads', () => {
  const groups = [{ count: 2, kind: 'full_attention' }]
  expect(parseArchitectureField('layer_groups', architectureFieldText('layer_groups', groups))).toEqual({
    ok: true,
    value: groups,
  })
  expect(architectureFieldText('weights_bytes', 2 ** 30)).toBe('1.000')
})
