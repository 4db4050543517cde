import { describe, expect, it } from 'vitest'
import { planDownload } from './plan-download'
import { type RepoFile } from './variants'

const files = (...paths: string[]): RepoFile[] => paths.map((path) => ({ path, bytes: 10 }))
const gguf = files(
  'm-Q4_K_M.gguf',
  'm-Q8_0-00001-of-00002.gguf',
  'm-Q8_0-00002-of-00002.gguf',
  'mmproj-F32.gguf',
  'mmproj-F16.gguf',
  'config.json',
  'x.png',
)
const paths = (wish: Parameters<typeof planDownload>[1], from = gguf) => {
  const plan = planDownload(from, wish)
  return plan.ok ? plan.value.files.map(({ path }) => path) : plan.error
}

describe('planDownload', () => {
  it('takes all shards of the named weights, one projector and the small files', () => {
    expect(paths({ weights: 'q8_0' })).toEqual([
      'm-Q8_0-00001-of-00002.gguf',
      'm-Q8_0-00002-of-00002.gguf',
      'mmproj-F16.gguf',
      'config.json',
    ])
  })

  it('asks which weights when there are several, and says what there is', () => {
    expect(paths({})).toMatchObject({ code: 'AMBIGUOUS', hint: expect.stringContaining('Q4_K_M, Q8_0') })
    expect(paths({ weights: 'Q2_K' })).toMatchObject({ code: 'NOT_FOUND', hint: expect.stringContaining('Q4_K_M') })
  })

  it('does not ask about a second copy of the same weights', () => {
    const both = files('model.safetensors', 'pytorch_model.bin', 'config.json')
    expect(paths({}, both)).toEqual(['model.safetensors', 'config.json'])
    expect(paths({ weights: 'pytorch' }, both)).toEqual(['pytorch_model.bin', 'config.json'])
  })

  it('lets globs alone decide', () => {
    expect(paths({ include: ['*.gguf'] })).toHaveLength(5)
    expect(paths({ include: ['CONFIG.json'] })).toEqual(['config.json'])
    expect(paths({ include: ['a/*.gguf'] }, files('a/x.gguf', 'a/b/x.gguf'))).toEqual(['a/x.gguf'])
    expect(paths({ include: ['nothing*'] })).toMatchObject({ code: 'NOT_FOUND' })
  })
})
