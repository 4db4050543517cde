import { describe, expect, it } from 'vitest'
import { table, visible } from './table'

describe('table', () => {
  it('aligns columns and ends numbers at one place', () => {
    const rows = [
      ['a', '1'],
      ['long', '23'],
    ]
    expect(table(rows, { head: ['Name', 'N'], right: [1] })).toBe('Name   N\na      1\nlong  23')
  })

  it('shows control and direction characters, and cuts what is very long', () => {
    expect(visible('a\u202Eb\u0000\u001b[31m\n')).toBe('a\\u{202e}b\\u{0}\\u{1b}[31m\\u{a}')
    expect(visible('x'.repeat(1e6)).length).toBeLessThan(400)
    expect(visible('Qwen 模型 é')).toBe('Qwen 模型 é')
  })
})
