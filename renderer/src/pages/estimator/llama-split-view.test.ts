import { describe, expect, it } from 'vitest'
import { GIB } from '#shared/domain/units'
import { resultOf, sampleQuestion } from '../../test/estimator-fixtures'
import { llamaSplit, parseShares } from './llama-split-view'
import { barViews, cardColumns, legendOf } from './memory-parts'

const CARDS = [24, 16].map((gib) => ({ name: `card of ${gib}`, totalBytes: gib * GIB, source: 'manual' }))

function asked(flags: Readonly<Record<string, string>>, gpus = CARDS) {
  const wishes = { engine: 'llama.cpp' as const, flags: { 'ctx-size': '8192', ...flags } }
  const question = sampleQuestion('llama3.1-8b-q4_k_m', { gpus, wishes })
  return { question, result: resultOf(question) }
}

describe('the split of llama.cpp', () => {
  it('is there only with several cards, and starts with what the engine does by itself', () => {
    const { question, result } = asked({})
    expect(llamaSplit(question, result)).toEqual({
      mode: 'layer',
      shares: '',
      mainGpu: 0,
      cards: ['0 · card of 24', '1 · card of 16'],
      isManual: false,
    })
    const single = asked({}, CARDS.slice(0, 1))
    expect(llamaSplit(single.question, single.result)).toBeUndefined()
  })

  it('moves the model between the cards', () => {
    const weights = (flags: Readonly<Record<string, string>>) =>
      asked(flags).result.per_gpu.map(({ weights_bytes }) => weights_bytes)
    const [first = 0, second = 0] = weights({ 'tensor-split': '1,3' })
    expect(second).toBeGreaterThan(2 * first)
    expect(weights({ 'split-mode': 'none', 'main-gpu': '1' })[0]).toBe(0)
    const { question, result } = asked({ 'split-mode': 'none', 'main-gpu': '1', 'tensor-split': '1,3' })
    expect(llamaSplit(question, result)).toMatchObject({ mode: 'none', shares: '1,3', mainGpu: 1, isManual: true })
  })

  it('shows the values of each card beside those of the one that decides', () => {
    const { result } = asked({ 'tensor-split': '1,3' })
    const bars = barViews(result, ['GPU 0', 'GPU 1'])
    const [column] = cardColumns(bars, 1, result)
    expect(column?.name).toBe('GPU 0')
    expect(Number(column?.values.get('weights'))).toBeCloseTo((result.per_gpu[0]?.weights_bytes ?? 0) / GIB, 0)
    const [weights] = bars[1] === undefined ? [] : legendOf(bars[1], result)
    const [low = 0, high = 0] = (weights?.note ?? '').split(' to ').map(Number)
    expect(low).toBeLessThanOrEqual(Number(weights?.value))
    expect(high).toBeGreaterThanOrEqual(Number(weights?.value))
    const alike = asked(
      { 'tensor-split': '1,1' },
      [24, 24].map((gib) => ({ name: 'card', totalBytes: gib * GIB, source: 'manual' })),
    )
    expect(cardColumns(barViews(alike.result, []), 0, { ...alike.result })).toHaveLength(1)
  })

  it.each([
    ['3,1', [3, 1]],
    ['0.5/0.5', [0.5, 0.5]],
    ['1', [1]],
    ['0,0', undefined],
    ['1,2,3', undefined],
    ['-1,2', undefined],
    ['', undefined],
    ['a,b', undefined],
  ])('reads shares %j', (text, shares) => {
    expect(parseShares(text, 2)).toEqual(shares)
  })
})
