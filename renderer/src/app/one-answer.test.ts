import { expect, it } from 'vitest'
import { GIB } from '#shared/domain/units'
import { engines } from '#shared/estimator/engines/index'
import { estimateFor } from '../pages/estimator/calculations'
import { questionOf } from '../pages/estimator/question'
import { engineFor, fitEstimate } from '../pages/models/fit'
import { NO_WISHES } from '../stores/estimator'
import { sampleView } from '../test/sample-view'

const { models } = sampleView()
const gpu = { name: 'RTX 4090', totalBytes: 24 * GIB, freeBytes: 23 * GIB, source: 'manual' }

// One estimator: the badge of the list and the page that it opens may not disagree.
it.each(models.map((model) => [model.name, model] as const))('%s has one answer on both pages', (_name, model) => {
  const pageSays = (flags: Readonly<Record<string, string>>) => {
    const wishes = { ...NO_WISHES, flags }
    const question = questionOf({ subject: { kind: 'model', id: model.id }, models, gpus: [gpu], wishes })
    if (question === undefined) throw new Error('The estimator page does not find the model')
    return estimateFor(question)
  }
  const short = (answer: ReturnType<typeof pageSays>) =>
    answer.ok
      ? { verdict: answer.value.verdict, total: answer.value.total_bytes, high: answer.value.high_bytes }
      : answer
  expect(short(fitEstimate(model, { gpu, contextTokens: 0, batch: 1 }))).toEqual(short(pageSays({})))
  const { levers } = engines[engineFor(model)]
  const asked = { [levers.context]: '4096', [levers.batch]: '1' }
  expect(short(fitEstimate(model, { gpu, contextTokens: 4096, batch: 1 }))).toEqual(short(pageSays(asked)))
})
