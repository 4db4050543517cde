import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editProfiles } from '#shared/estimator/profile-edits'
import { type AmountText, draftOf, otherFields, readDraft, refusalOf } from './profile-form'

const draft = draftOf('mine', { graph_gib: [0.1, 0.2, 0.3] })
const graphs = (low: string, likely: string, high: string): AmountText => ({ low, likely, high })

describe('readDraft', () => {
  it.each([
    ['nothing: the engine model', graphs('', '', ''), null],
    ['one exact value', graphs('', '0.5', ''), 0.5],
    ['a range', graphs('0.1', '0.5', '2'), [0.1, 0.5, 2]],
    ['a comma for the point', graphs('0,1', '0,5', '2'), [0.1, 0.5, 2]],
    ['zero', graphs('', '0', ''), 0],
  ])('reads %s', (_what, text, value) => {
    expect(readDraft({ ...draft, graphs: text })).toMatchObject({ ok: true, patch: { graph_gib: value } })
  })

  it.each([
    ['words', graphs('', 'much', ''), /GiB from 0/],
    ['a negative size', graphs('', '-1', ''), /GiB from 0/],
    ['too much for any card', graphs('', '4096', ''), /GiB from 0/],
    ['ends without a middle', graphs('1', '', '2'), /likely value is needed/],
    ['one end only', graphs('1', '2', ''), /both ends/],
    ['a falling range', graphs('3', '2', '1'), /rise in this order/],
  ])('refuses %s', (_what, text, words) => {
    const read = readDraft({ ...draft, graphs: text })
    expect(read.ok ? '' : read.problems.graphs).toMatch(words)
  })

  it('names every field that cannot be read', () => {
    const read = readDraft({ ...draft, name: ' ', factor: '0', overhead: graphs('', 'x', '') })
    expect(read.ok ? [] : Object.keys(read.problems).sort()).toEqual(['factor', 'name', 'overhead'])
  })

  it('gives back what it was filled with', () => {
    const size = fc.double({ min: 0, max: 1024, noNaN: true })
    const amount = fc.oneof(
      size,
      fc.tuple(size, size, size).map((three): [number, number, number] => {
        const [low = 0, likely = 0, high = 0] = [...three].sort((left, right) => left - right)
        return [low, likely, high]
      }),
    )
    const profile = fc.record(
      { overhead_gib: amount, graph_gib: amount, activation_factor: fc.double({ min: 0.01, max: 10, noNaN: true }) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(profile, (stated) => {
        const read = readDraft(draftOf('mine', stated))
        if (!read.ok) throw new Error(JSON.stringify(read.problems))
        const edited = editProfiles({ mine: stated }, { kind: 'change', name: 'mine', patch: read.patch })
        expect(edited.ok && edited.value['mine']).toEqual(stated)
      }),
    )
  })
})

it('knows which fields belong to other programs', () => {
  expect(otherFields({ graph_gib: 1, fragmentation_factor: 1.05 })).toEqual(['fragmentation_factor'])
})

describe('refusalOf', () => {
  const own = { mine: { graph_gib: 1 }, other: { graph_gib: 2 } }
  const change = { kind: 'change', name: 'mine', patch: { graph_gib: 3 } } as const

  it('finds a name that is taken before the values are written', () => {
    expect(refusalOf(own, [change, { kind: 'rename', name: 'mine', as: 'other' }])).toMatchObject({ code: 'CONFLICT' })
  })

  it('has nothing against edits that build on each other', () => {
    const edits = [change, { kind: 'rename', name: 'mine', as: 'new' }, { kind: 'delete', name: 'new' }] as const
    expect(refusalOf(own, edits)).toBeUndefined()
  })
})
