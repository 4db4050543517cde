import { describe, expect, it } from 'vitest'
import { GIB } from '#shared/domain/units'
import { estimate } from './estimate'
import { builtInProfiles, parseProfiles, profileNamed, suggestedProfile, writeProfiles } from './profiles'
import { testRequest } from './test-models'

describe('overhead profiles', () => {
  it('read back what they write, unknown fields included', () => {
    const text = writeProfiles({ mine: { non_torch_gib: 0.4, activation_factor: 1.1, fragmentation_factor: 1.05 } })
    const parsed = parseProfiles(text)
    expect(parsed.ok && writeProfiles(parsed.value)).toBe(text)
    expect(parsed.ok && parsed.value['mine']?.['fragmentation_factor']).toBe(1.05)
  })

  it.each([
    ['no JSON', '{', 'BAD_JSON'],
    ['a negative size', '{"a": {"non_torch_gib": -1}}', 'BAD_VALUE'],
    ['an interval out of order', '{"a": {"graph_gib": [2, 1, 3]}}', 'BAD_VALUE'],
  ])('refuse %s', (_name, text, code) => {
    expect(parseProfiles(text)).toMatchObject({ ok: false, error: { code } })
  })

  it('know the older names and refuse unknown ones', () => {
    expect(Object.keys(builtInProfiles)).toEqual(['default', 'ada_16gb', 'hopper_80gb', 'studio_dual'])
    expect(profileNamed('studio_dual')).toMatchObject({
      ok: true,
      value: { nonTorchBytes: { likely: Math.round(0.6 * GIB) } },
    })
    expect(profileNamed('toString')).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })

  it('stand before the built-in ones and change the estimate they name', () => {
    const profile = profileNamed('default', { default: { non_torch_gib: 1.5 } })
    if (!profile.ok) throw new Error(profile.error.message)
    const request = testRequest('qwen3-8b', { gib: 23.65 })
    const result = estimate({ ...request, profile: profile.value })
    const term = result.ok ? result.value.terms.find((one) => one.name === 'non_torch') : undefined
    expect(term?.bytes).toBe(1.5 * GIB)
    expect(term?.formula).toBe('profile default')
  })

  it.each([
    ['NVIDIA H100 80GB HBM3', 79.2, 1, 'hopper_80gb'],
    ['NVIDIA GeForce RTX 4080', 15.99, 1, 'ada_16gb'],
    ['NVIDIA RTX A6000', 47.5, 2, 'studio_dual'],
    ['NVIDIA GeForce RTX 4090', 23.65, 1, 'default'],
  ])('suit %s', (name, gib, count, expected) => {
    const gpu = { name, totalBytes: Math.round(gib * GIB), source: 'manual' }
    expect(suggestedProfile(Array.from({ length: count }, () => gpu))).toBe(expected)
  })
})
