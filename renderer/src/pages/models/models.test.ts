import { beforeEach, describe, expect, it } from 'vitest'
import { type ModelView } from '#shared/domain/model-view'
import { GIB } from '#shared/domain/units'
import { sampleView } from '../../test/sample-view'
import { beginDraft, defaultChanges, flagEditView, isDirty } from './drafts'
import { estimatesAsCsv, estimatesAsJson } from './estimate-export'
import { fitOf, fitRequest } from './fit'
import { rememberedOf, restorePage, setFilter, toggleChecked, useModelsPage } from './store'

const models = sampleView().models
const sample = (name: string): ModelView => {
  const found = models.find((model) => model.name === name)
  if (found === undefined) throw new Error(`The sample library has no ${name}`)
  return found
}
const gpu = { name: 'RTX 4090', totalBytes: 24 * GIB, freeBytes: 23 * GIB, source: 'manual' }

describe('launch flags being edited', () => {
  const model = { ...sample('llama-3.1-8b-instruct'), extra_args: ['--max-model-len', '16384', '--max-num-seqs', '64'] }
  const draft = { ...beginDraft(model), text: '--max-model-len 8192\n--max-num-seqs 64' }

  it('are compared with what the entry holds, flag by flag', () => {
    const view = flagEditView(model, draft)
    expect(view).toMatchObject({ flags: ['--max-model-len', '8192', '--max-num-seqs', '64'], changes: 2 })
    expect(view.theirs).toBeUndefined()
    expect([isDirty(draft, model), isDirty(beginDraft(model), model)]).toEqual([true, false])
  })

  it('show what another program wrote meanwhile, and keep what was typed', () => {
    const moved = { ...model, extra_args: ['--max-model-len', '16384', '--max-num-seqs', '8'] }
    const view = flagEditView(moved, draft)
    expect(view.theirs?.changed).toEqual(['max-num-seqs'])
    expect(flagEditView(moved, { ...draft, base: moved.extra_args }).theirs).toBeUndefined()
  })

  it('keep the form of the file', () => {
    const text = { ...model, extra_args: '--max-model-len 16384  # long' }
    expect(flagEditView(text, { base: text.extra_args, text: '--max-model-len 8192  # long' }).flags).toBe(
      '--max-model-len 8192  # long',
    )
  })
})

it('generation defaults: only what differs is a change, and an empty field takes the value out', () => {
  const drafts = {
    temperature: { text: '0.7', seen: null },
    top_p: { text: '', seen: 0.9 },
    max_tokens: { text: '100', seen: 100 },
  }
  expect(defaultChanges(drafts, { top_p: 0.9, max_tokens: 100 })).toMatchObject({
    value: [
      { key: 'temperature', value: 0.7 },
      { key: 'top_p', before: '0.9', value: null },
    ],
  })
  expect(defaultChanges({ top_p: { text: '7', seen: null } }, {})).toMatchObject({ error: { code: 'BAD_VALUE' } })
})

describe('a badge', () => {
  it('says that it was estimated at the limit of the model when more was asked', () => {
    const model = sample('qwen3-8b')
    const limit = model.architecture?.context_length ?? 0
    expect(fitOf(model, { gpu, contextTokens: limit * 2, batch: 1 }).contextTokens).toBe(limit)
    expect(fitOf(model, { gpu, contextTokens: 2048, batch: 1 }).contextTokens).toBeUndefined()
  })

  it('as the flags say takes context and batch from the entry', () => {
    const request = fitRequest(sample('llama-3.1-8b-instruct'), { gpu, contextTokens: 0, batch: 1 })
    expect(request.ok && request.value.flags.map(({ source }) => source)).toEqual(['extra_args', 'start'])
  })
})

describe('an export of estimates', () => {
  const input = { models, question: { gpu, contextTokens: 8192, batch: 1 }, headers: {} }

  it('holds every model, and leaves out what cannot be computed', () => {
    const { asked, models: rows } = JSON.parse(estimatesAsJson(input))
    expect(asked).toMatchObject({ context_tokens: 8192, batch: 1, gpu: { name: 'RTX 4090' } })
    expect(rows.map((row: { name: string }) => row.name)).toEqual(models.map(({ name }) => name))
    const known = rows.find((row: { name: string }) => row.name === 'qwen3-8b')
    expect(known.total_bytes).toBe(fitOf(sample('qwen3-8b'), input.question).neededBytes)
    expect(rows.find((row: { name: string }) => row.name === 'mystery-model')).not.toHaveProperty('total_bytes')
  })

  it('as CSV has a cell for every column and never a formula', () => {
    const [first] = models
    if (first === undefined) throw new Error('The sample library is empty')
    const odd = { ...first, name: '=cmd, "x"' }
    const lines = estimatesAsCsv({ ...input, models: [odd] }).split('\r\n')
    expect(lines[0]).toContain('name,engine,verdict,total_bytes')
    expect(lines[1]?.startsWith(`"'=cmd, ""x""",`)).toBe(true)
    expect(lines[2]).toBe('')
  })
})

describe('the page', () => {
  beforeEach(() => useModelsPage.setState(useModelsPage.getInitialState(), true))

  it('comes back as it was left', () => {
    setFilter({ text: 'qwen', missingData: true })
    useModelsPage.setState({ columns: ['fit'], sort: { key: 'fit', descending: true }, contextTokens: 0 })
    const kept = rememberedOf(useModelsPage.getState())
    useModelsPage.setState(useModelsPage.getInitialState(), true)
    restorePage(kept)
    expect(rememberedOf(useModelsPage.getState())).toEqual(kept)
    expect(useModelsPage.getState()).toMatchObject({ columns: ['fit'], contextTokens: 0, filter: { text: 'qwen' } })
  })

  it('puts rows in and out of the choice', () => {
    toggleChecked('a')
    toggleChecked('b')
    toggleChecked('a')
    expect([...useModelsPage.getState().checked]).toEqual(['b'])
  })
})
