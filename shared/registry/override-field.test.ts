import { describe, expect, it } from 'vitest'
import { type JsonObject } from '../domain/json'
import { type RegistryEntry } from '../domain/registry'
import { changeValues } from './change-value'
import { planOverride, planRestore } from './override-field'

const at = '2026-01-02T03:04:05Z'

function entry(architecture: JsonObject): RegistryEntry {
  const value = { name: 'm', metadata: { architecture } }
  return { name: 'm', id: 'm', value, rows: [{ layer: 'discovered', index: 0 }] }
}

function changed(target: RegistryEntry, plan: ReturnType<typeof planOverride>): RegistryEntry {
  if (!plan.ok) throw new Error(plan.error.message)
  const value = changeValues(target.value, plan.value)
  if (!value.ok) throw new Error(value.error.message)
  return { ...target, value: value.value }
}

const plain: JsonObject = {
  num_layers: 4,
  num_kv_heads: 8,
  head_dim: 64,
  layer_groups: [{ count: 4, kind: 'full_attention', kv_heads: 8, key_dim: 64, value_dim: 64 }],
  source: 'config.json',
  sources: ['config:config.json'],
  field_sources: { num_kv_heads: 'config:config.json', layer_groups: 'derived:num_kv_heads' },
  tool_key: { kept: true },
}

describe('a field set by hand', () => {
  it('says so, keeps the note and what stood there, and goes back to exactly that', () => {
    const before = entry({ ...plain })
    const after = changed(before, planOverride(before, { field: 'vocab_size', value: 1000, note: 'card', at }))
    expect(after.value['metadata']).toMatchObject({
      architecture: {
        vocab_size: 1000,
        sources: ['config:config.json', 'manual'],
        field_sources: { vocab_size: 'manual' },
        overrides: { vocab_size: { at, note: 'card' } },
      },
    })
    expect(changed(after, planRestore(after, 'vocab_size')).value).toEqual(before.value)
  })

  it('takes the cache layout along, there and back', () => {
    const before = entry({ ...plain })
    const after = changed(before, planOverride(before, { field: 'num_kv_heads', value: 2, at }))
    expect(after.value['metadata']).toMatchObject({
      architecture: {
        num_kv_heads: 2,
        layer_groups: [{ count: 4, kv_heads: 2, key_dim: 64 }],
        field_sources: { num_kv_heads: 'manual', layer_groups: 'manual' },
        overrides: { num_kv_heads: { before: 8 }, layer_groups: { follows: 'num_kv_heads' } },
      },
    })
    expect(changed(after, planRestore(after, 'num_kv_heads')).value).toEqual(before.value)
  })

  it('remembers the first value through a second change, and drops the moot warning with it', () => {
    const before = entry({ ...plain, warnings: ['a: stays'] })
    const once = changed(before, planOverride(before, { field: 'head_dim', value: 128, at }))
    const twice = changed(once, planOverride(once, { field: 'head_dim', value: 256, at, note: 'second' }))
    const { architecture } = twice.value['metadata'] as { architecture: JsonObject }
    const warned = entry({ ...architecture, warnings: ['a: stays', 'head_dim: manual says 256, the files say 64.'] })
    expect(changed(warned, planRestore(warned, 'head_dim')).value).toEqual(before.value)
  })

  it('starts an architecture where there was none, and refuses what the field cannot hold', () => {
    const bare: RegistryEntry = { name: 'm', id: 'm', value: { name: 'm' }, rows: [] }
    const after = changed(bare, planOverride(bare, { field: 'num_layers', value: 32, at }))
    expect(after.value['metadata']).toMatchObject({ architecture: { num_layers: 32, source: 'manual' } })
    expect(planOverride(bare, { field: 'num_layers', value: -1, at })).toMatchObject({ error: { code: 'BAD_VALUE' } })
    expect(planOverride(bare, { field: 'num_layers', value: null, at })).toMatchObject({ error: { code: 'BAD_VALUE' } })
    expect(planRestore(bare, 'num_layers')).toMatchObject({ error: { code: 'BAD_REQUEST' } })
  })
})
