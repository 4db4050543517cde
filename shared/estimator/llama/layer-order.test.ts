import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LayerGroup } from '#shared/domain/architecture'
import { orderGroups } from './layer-order'

const full = (count: number): LayerGroup => ({
  count,
  kind: 'full_attention',
  kv_heads: 8,
  key_dim: 128,
  value_dim: 128,
})
const sliding = (count: number): LayerGroup => ({ ...full(count), kind: 'sliding_attention', window: 1024 })
const linear = (count: number): LayerGroup => ({ count, kind: 'linear_attention' })
const shared = (count: number): LayerGroup => ({ count, kind: 'shared_kv' })

function letters(groups: readonly LayerGroup[], pattern?: { period: number; denseFirst?: boolean }): string {
  return orderGroups(groups, pattern)
    .map(({ kind }) => kind.charAt(0))
    .join('')
}

describe('orderGroups', () => {
  it.each([
    ['the window pattern of Gemma 3', [sliding(22), full(4)], { period: 6 }, 'sssssfsssssfsssssfsssssfss'],
    ['dense layers first', [full(2), sliding(6)], { period: 4, denseFirst: true }, 'fsssfsss'],
    ['every fourth layer full', [linear(6), full(2)], undefined, 'lllflllf'],
    ['runs as they are given', [sliding(2), full(1), sliding(2), full(1)], { period: 3 }, 'ssfssf'],
    ['shared layers last', [sliding(3), full(1), shared(2)], { period: 4 }, 'sssfss'],
  ])('keeps %s', (_, groups, pattern, expected) => {
    expect(letters(groups, pattern)).toBe(expected)
  })

  it('never loses or invents a layer', () => {
    const counts = fc.integer({ min: 1, max: 60 })
    fc.assert(
      fc.property(counts, counts, counts, (windowed, plain, recurrent) => {
        const order = orderGroups([sliding(windowed), full(plain), linear(recurrent)], { period: 4 })
        expect(order.filter(({ kind }) => kind === 'sliding_attention')).toHaveLength(windowed)
        expect(order.filter(({ kind }) => kind === 'full_attention')).toHaveLength(plain)
        expect(order.filter(({ kind }) => kind === 'linear_attention')).toHaveLength(recurrent)
      }),
    )
  })
})
