import { describe, expect, it } from 'vitest'
import { GIB } from '#shared/domain/units'
import { CARD, resultOf, sampleQuestion } from '../../test/estimator-fixtures'
import { isAlike, otherBars } from './memory-parts'
import { planGpus } from './question'
import { defaultSplit, largerPlan, splitOptions } from './split-view'
import { answered } from './use-estimator-view'

const small = { ...CARD, name: 'RTX 4060 Ti', totalBytes: 16 * GIB, freeBytes: 15 * GIB }

describe('splitting a model over cards', () => {
  it('offers every tensor and pipeline pair, and says which vLLM refuses', () => {
    const question = sampleQuestion('llama-3.1-8b-instruct', { gpus: [CARD, CARD, CARD] })
    const options = splitOptions(question, 3)
    expect(options.map(({ value }) => value)).toEqual(['3x1', '1x3'])
    expect(options[0]?.disabledBecause).toBe('3 does not divide the 32 attention heads: vLLM refuses to start.')
    expect(defaultSplit(question, 3)).toEqual({ 'tensor-parallel-size': null, 'pipeline-parallel-size': '3' })
    expect(splitOptions(sampleQuestion('llama-3.1-8b-instruct', { wishes: { engine: 'ollama' } }), 4)).toEqual([])
  })

  it('writes a size of 1 only over a launch line that says otherwise', () => {
    const model = { extra_args: ['--tensor-parallel-size', '2'] }
    const question = sampleQuestion('llama-3.1-8b-instruct', { model })
    expect(defaultSplit(question, 1)).toEqual({ 'tensor-parallel-size': '1', 'pipeline-parallel-size': null })
  })

  it('plans machines whose flags fit when they are used', () => {
    const flags = { 'max-model-len': '131072', 'max-num-seqs': '16' }
    const question = sampleQuestion('llama-3.1-8b-instruct', { wishes: { flags } })
    const plan = largerPlan(question, 4)
    if (!plan.ok) throw new Error(plan.error.message)
    expect(plan.value.machines).toBeGreaterThan(1)
    expect(plan.value.flags['distributed-executor-backend']).toBe('ray')
    const used = sampleQuestion('llama-3.1-8b-instruct', { wishes: { flags: { ...flags, ...plan.value.flags } } })
    expect(resultOf(used).verdict).toBe('fits')
    expect(largerPlan({ ...question, gpus: [] }, 4)).toMatchObject({ ok: false, error: { code: 'MISSING_DATA' } })
  })
})

describe('bars of several cards', () => {
  const flags = { 'tensor-parallel-size': '4', 'max-model-len': '8192', 'max-num-seqs': '4' }

  it('put neighbours that are alike in one row, the deciding card apart', () => {
    const question = sampleQuestion('llama-3.1-8b-instruct', { gpus: [CARD, small, small, small], wishes: { flags } })
    const { bars, bindingIndex, verdict } = answered(question, resultOf(question))
    expect(bindingIndex).toBe(1)
    expect(verdict.sentence).toContain('on GPU 1, RTX 4060 Ti, which decides')
    expect(otherBars(bars, bindingIndex).map(({ name }) => name)).toEqual(['GPU 0, RTX 4090', 'GPU 2 to 3, 2 alike'])
  })

  it('speak of each card where all are alike', () => {
    const question = sampleQuestion('llama-3.1-8b-instruct', { gpus: [CARD, CARD, CARD, CARD], wishes: { flags } })
    const { bars, verdict } = answered(question, resultOf(question))
    expect(bars.every((bar) => bars[0] !== undefined && isAlike(bar, bars[0]))).toBe(true)
    expect(verdict.sentence).toContain('on each of 4 GPUs')
  })

  it('come from any mixture of detected cards and those added by hand', () => {
    const detected = [
      { index: 0, name: 'RTX 4090', total_bytes: 24 * GIB, used_bytes: GIB, free_bytes: 22.5 * GIB },
    ] as const
    const manual = [{ name: 'H100', total_bytes: 79 * GIB }]
    const cards = [
      { key: 'detected:0', count: 1 },
      { key: 'manual:H100', count: 2 },
      { key: 'manual:gone', count: 1 },
    ]
    const gpus = planGpus({ choice: { kind: 'set', cards }, detected: [...detected], manual })
    expect(gpus.map(({ name }) => name)).toEqual(['RTX 4090', 'H100', 'H100'])
    // As the command line counts it: what programs can have, without what the driver keeps.
    expect(gpus[0]?.totalBytes).toBe(23.5 * GIB)
  })
})
