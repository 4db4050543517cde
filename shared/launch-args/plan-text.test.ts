import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flagsToText, planText, textToFlags } from './plan-text'

describe('flagsToText and textToFlags', () => {
  it('put one flag with its value on a line, and read it back', () => {
    const flags = ['--max_model_len=8192', '--limit-mm-per-prompt', '{"image":1}', '--enforce-eager', '--', 'a b']
    const text = flagsToText(flags, 'vllm')
    expect(text.split('\n').slice(0, 3)).toEqual([
      '--max_model_len=8192',
      `--limit-mm-per-prompt '{"image":1}'`,
      '--enforce-eager',
    ])
    expect(textToFlags(text, 'list')).toEqual(flags)
  })

  it('are the identity on any list and any text', () => {
    const words = fc.oneof(fc.string(), fc.constantFrom('--max-model-len', '8k', '-tp', '', "'", '#', '\\', '"', '\n'))
    fc.assert(
      fc.property(fc.array(words), (flags) => {
        expect(textToFlags(flagsToText(flags, 'vllm'), 'list')).toEqual(flags)
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(textToFlags(flagsToText(text, 'llama.cpp'), 'string')).toBe(text)
      }),
    )
  })
})

describe('planText', () => {
  const plan = (before: string[], after: string[]) => planText({ before, after, dialect: 'vllm' })

  it('names what changes and keeps the rest as it is', () => {
    const result = plan(['--a', '1', '--max-num-seqs', '4'], ['--a', '1', '--max-num-seqs', '8', '--enforce-eager'])
    expect(result).toMatchObject({ ok: true, value: { changed: ['max-num-seqs', 'enforce-eager'] } })
    expect(result.ok && result.value.diff.map(({ kind }) => kind)).toEqual(['same', 'removed', 'added', 'added'])
  })

  it('refuses an unusable new value and leaves an old one alone', () => {
    expect(plan([], ['--max-model-len', 'many'])).toMatchObject({ ok: false, error: { code: 'BAD_VALUE' } })
    expect(plan(['--max-model-len', 'many'], ['--max-model-len', 'many', '--enforce-eager']).ok).toBe(true)
  })

  it('warns of unknown names and contradictions', () => {
    const result = plan([], ['--max-num-seqs', '64', '--max-num-batched-tokens', '32', '--no-such-flag'])
    const warnings = result.ok ? result.value.warnings.join('\n') : ''
    expect(warnings).toContain('--max-num-seqs 64 is above')
    expect(warnings).toContain('not in the list of known flags')
  })
})
