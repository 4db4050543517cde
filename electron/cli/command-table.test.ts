import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commandTable } from './command-table'

const guide = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

describe('the command table', () => {
  it('names every command once', () => {
    const names = commandTable.map((command) => command.name)
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(commandTable.map((command) => [command.name]))('%s is in docs/cli.md', (name) => {
    expect(guide).toMatch(new RegExp(`\`${name}[ \`]`))
  })
})
