import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRepoReference } from './repo-reference'

describe('parseRepoReference', () => {
  it.each([
    ['Qwen/Qwen3-8B', { id: 'Qwen/Qwen3-8B' }],
    ['  Qwen/Qwen3-8B@main ', { id: 'Qwen/Qwen3-8B', revision: 'main' }],
    ['hf://Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf', { id: 'Qwen/Qwen3-8B-GGUF', file: 'Qwen3-8B-Q4_K_M.gguf' }],
    ['hf://a/b@v1.0/sub/x.gguf', { id: 'a/b', revision: 'v1.0', file: 'sub/x.gguf' }],
    ['a/b@refs/pr/12', { id: 'a/b', revision: 'refs/pr/12' }],
    ['hf://a/b@refs/pr/12/x.gguf', { id: 'a/b', revision: 'refs/pr/12', file: 'x.gguf' }],
    ['https://huggingface.co/a/b', { id: 'a/b' }],
    ['https://huggingface.co/a/b/tree/main', { id: 'a/b', revision: 'main' }],
    ['https://hub.example/a/b/blob/main/x%20y.gguf?download=true', { id: 'a/b', revision: 'main', file: 'x y.gguf' }],
    [
      'https://huggingface.co/a/b/resolve/refs%2Fpr%2F3/config.json',
      { id: 'a/b', revision: 'refs/pr/3', file: 'config.json' },
    ],
  ])('reads %s', (text, expected) => {
    expect(parseRepoReference(text)).toEqual({ ok: true, value: expected })
  })

  it.each([
    '',
    'qwen',
    'a/b/',
    '../b',
    'a/..',
    'a--b/c',
    'a/b@',
    'a/b@../x',
    'https://x/',
    'https://x/a/b/issues/1',
    'https://x/%E0%A4%A/b',
  ])('refuses %j with a hint', (text) => {
    const result = parseRepoReference(text)
    if (text === 'a/b/') return expect(result).toMatchObject({ ok: true, value: { id: 'a/b' } })
    expect(result).toMatchObject({ ok: false, error: { code: 'USAGE', hint: expect.any(String) } })
  })

  it('never throws and never lets a parent folder into the id or the revision', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = parseRepoReference(text)
        if (result.ok) expect(`${result.value.id}/${result.value.revision ?? ''}`).not.toMatch(/\.\.\//)
      }),
    )
  })
})
