import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkRepoPath, findNameTwins } from './repo-path'

describe('checkRepoPath', () => {
  it.each([
    'config.json',
    'original/params.json',
    'a b/ü 👋.gguf',
    'model-00001-of-00002.gguf',
    'con1.txt',
    '100%.gguf',
    '..a/b..c',
  ])('accepts %j', (name) => {
    expect(checkRepoPath(name)).toEqual({ ok: true, value: name })
  })

  it.each([
    '',
    '..',
    '.',
    '../x',
    'a/../../x',
    'a/./b',
    'a//b',
    'a/',
    '/etc/passwd',
    '\\x',
    'a\\..\\b',
    '\\\\server\\share',
    '//server/share',
    'C:\\x',
    'C:/x',
    'D:x',
    'file:stream',
    'a\0b',
    'a\nb',
    '%2e%2e/x',
    '%2E./x',
    '%252e%252e/x',
    'a%2f..%2fb',
    'a%00b',
    'x.',
    'x ',
    'x./y',
    'CON',
    'con.txt',
    'a/LPT1',
    'COM¹.gguf',
    'what?.gguf',
    'a*b',
    '<a>',
    'x'.repeat(256),
    'ü'.repeat(128),
    `${'a/'.repeat(600)}b`,
  ])('refuses %j', (name) => {
    expect(checkRepoPath(name)).toMatchObject({ ok: false, error: { code: 'UNSAFE_NAME' } })
  })

  it('never lets a name out of its folder, under POSIX or Windows rules', () => {
    const part = fc.oneof(
      fc.constantFrom('..', '.', '/', '\\', 'C:', '%2e', 'a', '\0', ' '),
      fc.string({ maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const checked = checkRepoPath(parts.join(''))
        if (!checked.ok) return
        const segments = checked.value.split(/[\\/]/)
        expect(segments.every((segment) => segment !== '' && !/^\.+$/.test(segment))).toBe(true)
        expect(checked.value).not.toContain(':')
      }),
      { seed: 69, numRuns: 2000 },
    )
  })
})

describe('findNameTwins', () => {
  it('finds names that are one file on other systems', () => {
    expect(findNameTwins(['a.gguf', 'A.GGUF', 'é', 'e\u0301', 'b'])).toEqual([
      ['a.gguf', 'A.GGUF'],
      ['é', 'e\u0301'],
    ])
  })
})
