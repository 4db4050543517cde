import { expect, it } from 'vitest'
import { namesLeftOut } from './repository'

it('says nothing when every name was safe', () => {
  expect(namesLeftOut({ refused: [] })).toEqual([])
})

it('names what was left out, so that it can be seen and does nothing to a terminal', () => {
  const [warning] = namesLeftOut({ refused: ['../x', 'a\u202egpj.exe', 'C:\\x', 'CON', 'd\u001b[2J'] })
  expect(warning).toContain('"../x", "a\\u{202e}gpj.exe", "C:\\x" and 2 more')
})
