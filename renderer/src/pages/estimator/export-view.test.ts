import { describe, expect, it } from 'vitest'
import { estimateResultSchema } from '#shared/estimator/result'
import { resultOf, sampleQuestion } from '../../test/estimator-fixtures'
import { estimateJson, estimateMarkdown } from './export-view'
import { answered } from './use-estimator-view'

const question = sampleQuestion('qwen3-8b', { wishes: { flags: { 'max-model-len': '8192', 'max-num-seqs': '4' } } })

describe('an exported estimate', () => {
  it('is the JSON of the command line', () => {
    const result = resultOf(question)
    expect(estimateResultSchema.parse(JSON.parse(estimateJson(result)))).toEqual(result)
  })

  it('says the answer, every term with its formula and every input with its source', () => {
    const result = resultOf(question)
    const text = estimateMarkdown(question, answered(question, result))
    expect(text).toMatch(/^# qwen3-8b: fits\n\n4 requests of 8,192 tokens need/)
    for (const term of result.terms) expect(text).toContain(`| ${term.name} | `)
    for (const name of Object.keys(result.inputs)) expect(text).toContain(`| ${name} | `)
  })

  it('keeps its tables whole, whatever a name holds', () => {
    const odd = { ...question, title: 'a | b\n| c' }
    const [head = ''] = estimateMarkdown(odd, answered(odd, resultOf(odd))).split('\n\n')
    expect(head.split('\n')).toHaveLength(1)
    expect(head).toContain('a \\| b')
  })
})
