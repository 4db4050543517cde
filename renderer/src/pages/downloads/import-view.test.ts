import { describe, expect, it } from 'vitest'
import { type ImportRow } from '#shared/ipc/import-channels'
import { importCommand, previewSummary, rowNote, sortedRows } from './import-view'

const row = (index: number, status: ImportRow['status']): ImportRow => ({
  index,
  status,
  name: `m${index}`,
  place_label: `~/models/m${index}.gguf`,
})

describe('models found on the disk', () => {
  it('are summed up with what could not even be read', () => {
    const rows = [row(0, 'skipped'), row(1, 'added'), row(2, 'added'), row(3, 'duplicate')]
    expect(previewSummary({ rows, notes: ['a: broken'] })).toBe('2 new, 1 duplicate, 2 left out')
    expect(previewSummary({ rows: [], notes: [] })).toBe('no models')
  })

  it('stand in the order of what happens to them', () => {
    const rows = [row(0, 'unchanged'), row(1, 'skipped'), row(2, 'updated'), row(3, 'added'), row(4, 'added')]
    expect(sortedRows(rows).map(({ index }) => index)).toEqual([3, 4, 2, 1, 0])
    expect(rowNote({ ...row(0, 'duplicate'), reason: 'the same content as x' })).toBe(
      'the same content as x · ~/models/m0.gguf',
    )
  })

  it('can be registered by a command that a shell reads as it is meant', () => {
    expect(importCommand({ place: 'folder', root_label: '~/my models' })).toBe("headroom scan ~/'my models'")
    expect(importCommand({ place: 'ollama', root_label: '/srv/ollama' })).toBe(
      'headroom import ollama --dir /srv/ollama',
    )
    expect(importCommand({ place: 'folder', root_label: '~' })).toBe('headroom scan ~')
  })
})
