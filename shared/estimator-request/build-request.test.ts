import { describe, expect, it } from 'vitest'
import { type ModelView } from '#shared/domain/model-view'
import { type PlanGpu } from '#shared/estimator/request'
import { describeModel } from '#shared/registry/describe-model'
import { mergeLayers } from '#shared/registry/merge-layers'
import { applyRuntime } from '#shared/runtime/apply-runtime'
import { parseMetricsLine } from '#shared/runtime/metrics-line'
import { sampleRows } from '#shared/sample/sample-entries'
import { sampleMetrics } from '#shared/sample/sample-metrics'
import { buildRequest } from './build-request'

const GIB = 2 ** 30
const card: PlanGpu = { name: 'RTX 4090', totalBytes: Math.round(23.52 * GIB), source: 'flag' }

function model(name: string): ModelView {
  const entry = mergeLayers(sampleRows()).entries.find((one) => one.name === name)
  if (entry === undefined) throw new Error(`no sample model ${name}`)
  return describeModel(entry)
}

/** A model of the sample library after its start was reconciled. */
function measured(name = 'llama-3.1-8b-instruct', line = 0, origin = 'runtime:vllm'): ModelView {
  const view = model(name)
  const event = parseMetricsLine(JSON.stringify(sampleMetrics[line]))
  const runtime = event && applyRuntime({ name: view.name, id: view.id, value: {}, rows: [] }, event).edits[0]?.value
  return {
    ...view,
    architecture: { ...view.architecture, sources: [origin], runtime: structuredClone(runtime) as never },
  }
}

function build(input: Parameters<typeof buildRequest>[0]) {
  const request = buildRequest(input)
  if (!request.ok) throw new Error(request.error.message)
  return request.value
}

describe('buildRequest', () => {
  it('takes engine, flags and weights from the entry', () => {
    const request = build({ model: model('qwen3-8b'), gpus: [card] })
    expect(request.engine).toBe('vllm')
    expect(request.weights).toMatchObject({ bytes: { likely: 16_381_470_720 } })
    expect(request.flags).toEqual([
      { source: 'extra_args', values: expect.objectContaining({ 'max-model-len': '4096', 'max-num-seqs': '8' }) },
    ])
  })

  it('puts wishes before the flags of the entry', () => {
    const flags = [{ source: 'page', values: { 'max-model-len': '4096' } }]
    const request = build({ model: model('qwen3-8b'), gpus: [], flags })
    expect(request.flags.map((layer) => layer.source)).toEqual(['page', 'extra_args'])
  })

  it('reads a GGUF entry as llama.cpp and an unassigned one by its format', () => {
    expect(build({ model: model('mistral-7b-instruct-v0.3-q8_0'), gpus: [] }).engine).toBe('llama.cpp')
    expect(build({ model: model('mystery-model'), gpus: [] }).engine).toBe('vllm')
  })

  it('refuses a backend without a memory model, unless an engine is named', () => {
    const view = { ...model('qwen3-8b'), backend: 'triton' }
    expect(buildRequest({ model: view, gpus: [] })).toMatchObject({ ok: false, error: { code: 'UNSUPPORTED_ENGINE' } })
    expect(build({ model: view, gpus: [], engine: 'vllm' }).engine).toBe('vllm')
  })

  it('falls back to the size of the download with an interval', () => {
    const view = { ...model('qwen3-8b'), architecture: {} }
    expect(build({ model: view, gpus: [] }).weights).toEqual({
      source: 'derived:download_size_bytes',
      bytes: { low: Math.floor(16_397_380_812 * 0.9), likely: 16_397_380_812, high: 16_397_380_812 },
    })
  })

  it('uses every measured term while the settings are those of the measured start', () => {
    const { known } = build({ model: measured(), gpus: [card] })
    expect(known.weightsBytes).toEqual({ value: Math.round(14.9889 * GIB), source: 'runtime:vllm' })
    expect(known).toMatchObject({ weightsArePerGpu: true })
    expect(Object.keys(known).sort()).toEqual([
      'activationBytes',
      'availableKvBytes',
      'graphBytes',
      'nonTorchBytes',
      'weightsArePerGpu',
      'weightsBytes',
    ])
  })

  it.each([
    [
      'another context',
      { 'max-model-len': '8192' },
      card,
      ['activation', 'graph', 'availableKv', 'nonTorch', 'weights'],
    ],
    ['other sequences', { 'max-num-seqs': '8' }, card, ['nonTorch', 'weights']],
    ['another utilisation', { 'gpu-memory-utilization': '0.8' }, card, ['activation', 'graph', 'nonTorch', 'weights']],
    ['two GPUs', { 'tensor-parallel-size': '2' }, card, []],
    ['another card', {}, { ...card, totalBytes: 80 * GIB }, ['activation', 'weights']],
    [
      'another cache type',
      { 'kv-cache-dtype': 'fp8' },
      card,
      ['activation', 'graph', 'availableKv', 'nonTorch', 'weights'],
    ],
  ] as const)('keeps only the terms that still hold with %s', (_what, values, gpu, expected) => {
    const { known } = build({ model: measured(), gpus: [gpu], flags: [{ source: 'flag', values: { ...values } }] })
    const names = Object.keys(known).filter((key) => key !== 'weightsArePerGpu')
    expect(names.map((key) => key.replace('Bytes', '')).sort()).toEqual([...expected].sort())
  })

  it('takes the buffers of a fully offloaded start of Ollama, and drops those that the context shapes', () => {
    const view = measured('llama3.1-8b-q4_k_m', 1, 'runtime:ollama')
    const same = build({ model: view, gpus: [card] }).known
    expect(same).toMatchObject({ weightsArePerGpu: true, weightsBytes: { value: Math.round(4403.49 * 2 ** 20) } })
    expect(same.activationBytes?.source).toBe('runtime:ollama')
    const longer = [{ source: 'flag', values: { 'num-ctx': '16384' } }]
    expect(build({ model: view, gpus: [card], flags: longer }).known.activationBytes).toBeUndefined()
    expect(build({ model: view, gpus: [card, card] }).known).toEqual({})
    const partly = { ...view.architecture?.runtime, offloaded_layers: 20 }
    const mixed = { ...view, architecture: { ...view.architecture, runtime: partly } }
    expect(build({ model: mixed, gpus: [card] }).known).toEqual({})
  })

  it('takes nothing measured for another engine, when told not to, or beside weights given by hand', () => {
    expect(build({ model: measured(), gpus: [card], engine: 'llama.cpp' }).known).toEqual({})
    expect(build({ model: measured(), gpus: [card], useMeasured: false }).known).toEqual({})
    const given = { weightsBytes: { value: 5, source: 'flag' } }
    expect(build({ model: measured(), gpus: [card], known: given }).known.weightsArePerGpu).toBeUndefined()
  })
})

describe('the draft model among other entries', () => {
  const draft = { ...model('qwen3-8b'), aliases: ['small'] }
  const flags = (name: string) => [
    { source: 'page', values: { 'speculative-config': JSON.stringify({ model: name, num_speculative_tokens: 2 }) } },
  ]
  const drafted = (name: string, others = [draft]) =>
    build({ model: model('llama-3.1-8b-instruct'), engine: 'vllm', gpus: [card], flags: flags(name), others }).draft

  it.each(['qwen3-8b', 'small'])('is found as %s', (name) => {
    const bytes = draft.architecture?.weights_bytes
    expect(drafted(name)).toMatchObject({ name, weights: { bytes: { likely: bytes } } })
  })

  it('is none when nothing is called so, or several are', () => {
    expect(drafted('nobody/knows')).toBeUndefined()
    expect(drafted('qwen3-8b', [draft, { ...draft, id: 'qwen3-8b#2' }])).toBeUndefined()
  })

  it('is no part of a plan for another engine', () => {
    const input = { engine: 'llama.cpp', gpus: [card], flags: flags('qwen3-8b'), others: [draft] } as const
    expect(build({ ...input, model: model('llama-3.1-8b-instruct') }).draft).toBeUndefined()
  })
})
