import { expect, it } from 'vitest'
import { createGroupTally } from './group-tally'

it('counts equal layers whatever the order of their parts, and keeps the order of the first ones', () => {
  const tally = createGroupTally()
  tally.add({ kind: 'mamba', state: { kind: 'mamba', conv_kernel: 4 } })
  tally.add({ kind: 'full_attention', kv_heads: 2, key_dim: 64, value_dim: 64 })
  tally.add({ value_dim: 64, key_dim: 64, kv_heads: 2, kind: 'full_attention' })
  tally.add({ kind: 'mamba', state: { kind: 'mamba', conv_kernel: 4 } })
  tally.add({ kind: 'mamba', state: { kind: 'mamba', conv_kernel: 3 } })
  expect(tally.groups().map(({ kind, count }) => [kind, count])).toEqual([
    ['mamba', 2],
    ['full_attention', 2],
    ['mamba', 1],
  ])
})
