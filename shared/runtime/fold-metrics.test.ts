import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonObject } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { foldMetrics, matchMetrics } from './fold-metrics'

function line(model: string, timestamp: string, metrics: JsonObject = {}, more: JsonObject = {}): string {
  return JSON.stringify({ timestamp, model, backend: 'vllm', served_model_id: null, ...more, payload: { metrics } })
}

function entry(name: string, value: JsonObject = {}, id = name): RegistryEntry {
  return { name, id, value: { name, ...value }, rows: [{ layer: 'discovered', index: 0 }] }
}

describe('foldMetrics', () => {
  it('keeps the newest event of a model, whatever the order of the lines', () => {
    const folded = foldMetrics(
      `${line('a', '2026-01-02T00:00:00+00:00', { x: 2 })}\n${line('a', '2026-01-01T00:00:00+00:00', { x: 1 })}\n`,
    )
    expect(folded.events.map((event) => event.metrics)).toEqual([{ x: 2 }])
  })

  it('takes the later line of equal moments, and compares moments across time zones and to the microsecond', () => {
    const same = foldMetrics(
      `${line('a', '2026-01-01T00:00:00+00:00', { x: 1 })}\n${line('a', '2026-01-01T01:00:00+01:00', { x: 2 })}\n`,
    )
    expect(same.events[0]?.metrics).toEqual({ x: 2 })
    const micro = foldMetrics(
      `${line('a', '2026-01-01T00:00:00.000002+00:00', { x: 2 })}\n${line('a', '2026-01-01T00:00:00.000001', { x: 1 })}\n`,
    )
    expect(micro.events[0]?.metrics).toEqual({ x: 2 })
  })

  it.each([
    ['unreachable', { weights_gib: 1 }],
    ['interrupted', { weights_gib: 1 }],
    ['timeout', { weights_gib: 1 }],
    ['cuda_oom', { failure: 'No.', failure_kind: 'cuda_oom' }],
    ['ended', { failure: 'No.', failure_kind: 'ended' }],
  ])('after a start, a line of the kind %s leaves %j', (kind, metrics) => {
    const good = line('a', '2026-01-01T00:00:00Z', { weights_gib: 1 })
    const bad = line('a', '2026-01-02T00:00:00Z', { failure: 'No.', failure_kind: kind })
    expect(foldMetrics(`${good}\n${bad}\n`).events.map((event) => event.metrics)).toEqual([metrics])
    expect(foldMetrics(`${bad}\n`)).toMatchObject({ skippedLines: 0, hasPartialTail: false })
  })

  it('counts broken lines, and leaves a broken last line without newline for next time', () => {
    const good = line('a', '2026-01-01T00:00:00Z', { x: 1 })
    const folded = foldMetrics(`nonsense\n{"model":"a"}\n${good}\n\n[1]\n${good.slice(0, 40)}`)
    expect(folded).toMatchObject({ skippedLines: 3, hasPartialTail: true })
    expect(folded.events).toHaveLength(1)
  })

  it('uses a whole last line without newline', () => {
    const folded = foldMetrics(line('a', '2026-01-01T00:00:00Z', { x: 1 }))
    expect(folded).toMatchObject({ skippedLines: 0, hasPartialTail: false })
    expect(folded.events).toHaveLength(1)
  })

  it('never throws and never counts more than the lines there are', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (lines) => {
        const text = lines.map((one) => one.replaceAll('\n', ' ')).join('\n')
        expect(foldMetrics(text).skippedLines).toBeLessThanOrEqual(lines.length)
      }),
    )
  })
})

describe('matchMetrics', () => {
  const at = '2026-01-01T00:00:00Z'
  const match = (entries: readonly RegistryEntry[], ...lines: string[]) => {
    const { matches, unmatched } = matchMetrics(entries, foldMetrics(lines.map((one) => `${one}\n`).join('')).events)
    return { ids: matches.map((one) => one.entry.id), unmatched }
  }

  it.each([
    ['entry name', 'llama', {}, {}],
    ['served id', 'other', { served_model_id: 'llama:8b' }, { served_model_id: 'llama:8b' }],
    ['served id given as the model', 'llama:8b', {}, { served_model_id: 'llama:8b' }],
    ['alias', 'meta/llama', {}, { model_aliases: ['meta/llama'] }],
    ['path, trailing slash or not', '/models/llama', {}, { download_path: '/models/llama/' }],
    ['path of the launch', 'x', { model_path: '/w/llama' }, { backend_config: { model_path: '/w/llama' } }],
    ['Ollama tag in another spelling', 'x', { model_path: 'ollama://a:b' }, { download_path: 'ollama:/a:b' }],
  ] as const)('matches by %s', (_how, model, more, value) => {
    expect(match([entry('unrelated'), entry('llama', value)], line(model, at, {}, more))).toEqual({
      ids: ['llama'],
      unmatched: [],
    })
  })

  it('prefers the name over a served id of another entry', () => {
    expect(match([entry('b', { served_model_id: 'a' }), entry('a')], line('a', at)).ids).toEqual(['a'])
  })

  it('does not choose between several entries of one served id, unless the backend tells them apart', () => {
    const twins = [entry('p', { served_model_id: 's', backend: 'vllm' }), entry('q', { served_model_id: 's' })]
    expect(match(twins, line('x', at, {}, { served_model_id: 's' })).ids).toEqual(['p'])
    const same = twins.map((one) => entry(one.name, { ...one.value, backend: 'ollama' }))
    expect(match(same, line('x', at, {}, { served_model_id: 's' }))).toEqual({ ids: [], unmatched: ['x'] })
  })

  it('does not take "None" for a served id', () => {
    expect(match([entry('p', { served_model_id: 'None' })], line('x', at, {}, { served_model_id: 'None' }))).toEqual({
      ids: [],
      unmatched: ['x'],
    })
  })

  it('uses the newest event over all names of an entry', () => {
    const entries = [entry('llama', { served_model_id: 's' })]
    const found = matchMetrics(
      entries,
      foldMetrics(`${line('s', '2026-02-01T00:00:00Z', { x: 2 })}\n${line('llama', at, { x: 1 })}\n`).events,
    )
    expect(found.matches.map((one) => one.event.metrics)).toEqual([{ x: 2 }])
  })
})
