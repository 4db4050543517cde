import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Json, type JsonObject } from '#shared/domain/json'
import { type RegistryEntry, type ValueEdit } from '#shared/domain/registry'
import { applyRuntime } from './apply-runtime'
import { type MetricsEvent, parseMetricsLine } from './metrics-line'

function entry(value: JsonObject): RegistryEntry {
  return { name: 'm', id: 'm', value, rows: [{ layer: 'discovered', index: 0 }] }
}

function event(metrics: JsonObject, backend = 'vllm'): MetricsEvent {
  const payload = { source: 'headroom-observe', extra_args: ['--max-model-len', '8192'], metrics }
  const line = { timestamp: '2026-01-01T00:00:00+00:00', model: 'm', backend, served_model_id: null, payload }
  const parsed = parseMetricsLine(JSON.stringify(line))
  if (parsed === undefined) throw new Error('the line of the test is broken')
  return parsed
}

/** What the writer does with edits, as plain as can be. */
function apply(value: JsonObject, edits: readonly ValueEdit[]): JsonObject {
  const copy = structuredClone(value) as Record<string, unknown>
  for (const { path, value: next } of edits) {
    let at: Record<string, unknown> = copy
    for (const key of path.slice(0, -1)) {
      at[key] ??= {}
      at = at[key] as Record<string, unknown>
    }
    const last = String(path.at(-1))
    if (next === undefined) delete at[last]
    else at[last] = next
  }
  return copy as JsonObject
}

describe('applyRuntime', () => {
  it('writes the metrics flat, with snapshot, moment and source, and names the engine among the sources', () => {
    const plan = applyRuntime(
      entry({ metadata: { architecture: { num_layers: 2, sources: ['config:config.json'] } } }),
      event({ weights_gib: 1.5 }),
    )
    const after = apply({ metadata: { architecture: { num_layers: 2, sources: ['config:config.json'] } } }, plan.edits)
    expect(after).toEqual({
      metadata: {
        architecture: {
          num_layers: 2,
          sources: ['config:config.json', 'runtime:vllm'],
          runtime: {
            weights_gib: 1.5,
            extra_args_snapshot: ['--max-model-len', '8192'],
            observed_at: '2026-01-01T00:00:00+00:00',
            source: 'headroom-observe',
          },
        },
      },
    })
  })

  it('takes away what is no longer observed and leaves every other field alone', () => {
    const before = {
      metadata: {
        note: 1,
        architecture: { num_layers: 4, field_sources: { num_layers: 'manual' }, runtime: { weights_gib: 1, gone: 2 } },
      },
    }
    const after = apply(before, applyRuntime(entry(before), event({ weights_gib: 3 })).edits)
    const architecture = (after['metadata'] as JsonObject)['architecture'] as JsonObject
    expect(architecture['runtime']).not.toHaveProperty('gone')
    expect(architecture['runtime']).toMatchObject({ weights_gib: 3 })
    expect(architecture).toMatchObject({ num_layers: 4, field_sources: { num_layers: 'manual' } })
    expect(after['metadata']).toMatchObject({ note: 1 })
  })

  it('replaces the engine among the sources when another engine loaded the model', () => {
    const before = { metadata: { architecture: { sources: ['manual', 'runtime:vllm'] } } }
    const after = apply(before, applyRuntime(entry(before), event({}, 'gguf')).edits)
    expect(after).toMatchObject({ metadata: { architecture: { sources: ['manual', 'runtime:llama.cpp'] } } })
  })

  it('does nothing the second time, for any metrics', () => {
    const json = fc.jsonValue() as fc.Arbitrary<Json>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (metrics) => {
        const start = { metadata: { architecture: {} } }
        const once = apply(start, applyRuntime(entry(start), event(metrics)).edits)
        const again = applyRuntime(entry(once), event(metrics))
        expect(again).toEqual({ edits: [], changes: [] })
      }),
    )
  })
})
