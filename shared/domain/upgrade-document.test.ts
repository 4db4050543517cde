import { describe, expect, it } from 'vitest'
import { type JsonObject } from './json'
import { fail, ok } from './result'
import { type DocumentFormat, upgradeDocument } from './upgrade-document'

const format: DocumentFormat = {
  schema: 3,
  steps: [
    ({ colour, ...rest }: JsonObject) => ok({ ...rest, ...(colour !== undefined && { theme: colour }) }),
    (document) => ok({ ...document, isNew: true }),
  ],
}

describe('upgradeDocument', () => {
  it.each<[string, JsonObject, JsonObject, number | undefined]>([
    ['the first schema', { schema: 1, colour: 'dark', x: 1 }, { schema: 3, theme: 'dark', x: 1, isNew: true }, 1],
    ['no schema', { colour: 'dark' }, { schema: 3, theme: 'dark', isNew: true }, 1],
    ['the one before', { schema: 2, theme: 'dark' }, { schema: 3, theme: 'dark', isNew: true }, 2],
    ['the present one', { schema: 3, colour: 'kept' }, { schema: 3, colour: 'kept' }, undefined],
    ['a newer one', { schema: 9, colour: 'kept' }, { schema: 9, colour: 'kept' }, undefined],
  ])('%s', (_what, document, expected, from) => {
    const upgraded = upgradeDocument(document, format)
    expect(upgraded).toEqual({ ok: true, value: { document: expected, ...(from !== undefined && { from }) } })
    expect(upgradeDocument(expected, format)).toEqual({ ok: true, value: { document: expected } })
  })

  it.each<[string, DocumentFormat['steps'][number] | undefined]>([
    ['fails', () => fail('BAD_VALUE', 'no')],
    [
      'throws',
      () => {
        throw new Error('bug')
      },
    ],
    ['is missing', undefined],
  ])('gives nothing when a step %s', (_what, step) => {
    const steps = [format.steps[0], step].filter((one) => one !== undefined)
    expect(upgradeDocument({ schema: 1 }, { schema: 3, steps })).toMatchObject({
      error: { code: 'BAD_VALUE', message: expect.stringContaining('from version 2 to 3') },
    })
  })
})
