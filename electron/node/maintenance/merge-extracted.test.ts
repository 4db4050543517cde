import { describe, expect, it } from 'vitest'
import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type JsonObject } from '#shared/domain/json'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'
import { mergeExtracted } from './merge-extracted'

const now = '2026-01-01T00:00:00.000Z'
const extracted: ArchitectureMetadata = {
  num_layers: 32,
  context_length: 4096,
  source: 'config.json',
  sources: ['config:config.json'],
  field_sources: { num_layers: 'config:config.json', context_length: 'config:config.json' },
  collected_at: now,
}

function entry(architecture?: JsonObject): RegistryEntry {
  const value = { name: 'm', metadata: { note: 1, ...(architecture && { architecture }) } }
  return { name: 'm', id: 'm', value, rows: [] }
}

function plan(architecture?: JsonObject, force = false) {
  return mergeExtracted(entry(architecture), extracted, { now, force })
}

function at(edits: readonly ValueEdit[], key: string): ValueEdit | undefined {
  return edits.find((edit) => edit.path.at(-1) === key)
}

describe('mergeExtracted', () => {
  it('writes a whole block where there is none', () => {
    const { edits, isNew } = plan()
    expect([isNew, edits.length]).toEqual([true, 1])
    expect(edits[0]).toMatchObject({ path: ['metadata', 'architecture'], value: { num_layers: 32, collected_at: now } })
  })

  it('changes nothing when only the moment differs, unless forced', () => {
    const same = { ...extracted, collected_at: '2020-01-01T00:00:00Z' } as unknown as JsonObject
    expect(plan(same)).toEqual({ edits: [], changes: [], isNew: false })
    expect(plan(same, true).edits).toEqual([{ path: ['metadata', 'architecture', 'collected_at'], value: now }])
  })

  it('touches only fields that differ, and takes out what the files no longer say', () => {
    const old = { ...extracted, num_layers: 30, head_dim: 64 } as unknown as JsonObject
    const { edits, changes } = plan(old)
    expect(edits.map((edit) => edit.path.at(-1)).sort()).toEqual(['collected_at', 'head_dim', 'num_layers'])
    expect(at(edits, 'head_dim')?.value).toBeUndefined()
    expect(changes).toContainEqual({ field: 'num_layers', before: 30, after: 32 })
  })

  it('lets a value set by hand win, and names both values in a warning', () => {
    const old = { context_length: 9999, field_sources: { context_length: 'manual' } }
    const { edits } = plan(old)
    expect(at(edits, 'context_length')).toBeUndefined()
    expect(at(edits, 'field_sources')?.value).toMatchObject({
      context_length: 'manual',
      num_layers: 'config:config.json',
    })
    expect(at(edits, 'sources')?.value).toEqual(['config:config.json', 'manual'])
    expect(String(at(edits, 'warnings')?.value)).toMatch(/9999.*4096/)
  })

  it('keeps what these files cannot say: support repository, measured start, keys of other programs', () => {
    const support = 'support_repo:a/b@main#config.json'
    const old = {
      vocab_size: 5,
      field_sources: { vocab_size: support },
      sources: [support, 'runtime:vllm'],
      runtime: { weights_gib: 1 },
      params_billion: 7,
    }
    const { edits } = plan(old)
    for (const key of ['vocab_size', 'runtime', 'params_billion']) expect(at(edits, key)).toBeUndefined()
    expect(at(edits, 'sources')?.value).toEqual(['config:config.json', support, 'runtime:vllm'])
  })

  it('prefers the files over a support repository for the same field', () => {
    const old = { num_layers: 1, field_sources: { num_layers: 'support_repo:a/b@main#config.json' } }
    expect(at(plan(old).edits, 'num_layers')?.value).toBe(32)
  })
})
