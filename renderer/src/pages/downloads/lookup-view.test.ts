import { describe, expect, it } from 'vitest'
import { type Lookup } from '#shared/ipc/downloads'
import { downloadCommands, filesText, lookupNote, readingOf, roomFor, variantGroups } from './lookup-view'

const GIB = 2 ** 30
const lookup: Lookup = {
  repository: 'o/tiny',
  commit: 'a'.repeat(40),
  gated: false,
  has_config: true,
  variants: [],
  others: [],
  refused: 0,
  folder_label: '~/models',
  free_bytes: 10 * GIB,
}
const variant = (label: string, format: 'gguf' | 'safetensors' | 'pytorch', more = {}) => ({
  label,
  format,
  files: [`${label}.${format}`],
  bytes: GIB,
  download_bytes: GIB,
  ...more,
})

describe('a repository that was looked up', () => {
  it('says whether there is room, and what to do when there is not', () => {
    expect(roomFor(lookup, 4 * GIB)).toEqual({ text: 'To ~/models: 4.0 GiB, 6.0 GiB free afterwards', fits: true })
    expect(roomFor({ ...lookup, queued_bytes: GIB }, 4 * GIB).text).toBe(
      'To ~/models: 4.0 GiB, 6.0 GiB free after the queue',
    )
    expect(roomFor({ ...lookup, queued_bytes: 5 * GIB }, 11 * GIB)).toEqual({
      text: 'To ~/models: 11.0 GiB, but only 10.0 GiB are free, after 5.0 GiB for the queue. Free 1.0 GiB, choose a smaller variant, or another folder.',
      fits: false,
    })
  })

  it('groups variants by what runs them', () => {
    const variants = [
      variant('Q4_K_M', 'gguf', { projector: 'sub/mmproj-F16.gguf' }),
      variant('safetensors', 'safetensors'),
      variant('Q8_0', 'gguf'),
    ]
    expect(variantGroups({ variants }).map(({ title, note, variants: own }) => [title, note, own.length])).toEqual([
      ['GGUF', '2 quantisations · runs on llama.cpp and Ollama · mmproj-F16.gguf comes with each, for images', 2],
      ['safetensors', '1 set of weights · runs on vLLM', 1],
    ])
  })

  it('names one file, counts shards and files', () => {
    expect(filesText({ files: ['a.gguf'] })).toBe('a.gguf')
    expect(filesText({ files: ['a-00001-of-00002.gguf', 'a-00002-of-00002.gguf'] })).toBe('2 shards')
    expect(filesText({ files: ['a.bin', 'b.bin'] })).toBe('2 files')
  })

  it('counts the headers that are read; copies of other weights are not', () => {
    const variants = [variant('a', 'gguf'), variant('b', 'gguf'), variant('c', 'pytorch', { duplicate_of: 'a' })]
    const headers = {
      a: { phase: 'failed', error: { code: 'NETWORK', message: '' } },
      b: { phase: 'loading' },
    } as const
    expect(readingOf({ ...lookup, variants }, headers)).toEqual({ read: 1, failed: 1, total: 2 })
  })

  it('tells of an unknown licence and of names that were left out', () => {
    expect(lookupNote({ ...lookup, refused: 2 })).toBe(
      'revision aaaaaaaa · no licence stated · 2 files with unsafe names left out · only headers are read, nothing is downloaded',
    )
  })

  it('gives the same as commands', () => {
    const wish = {
      labels: ['Q4_K_M', 'Q8_0 (x y)'],
      files: [],
      withArchitecture: false,
      endpoint: '',
      support: '',
      placesSupport: false,
    }
    const start = `headroom download o/tiny@${'a'.repeat(40)}`
    expect(downloadCommands(lookup, wish)).toBe(
      `${start} --weights Q4_K_M --no-architecture && ${start} --weights 'Q8_0 (x y)' --no-architecture`,
    )
    expect(downloadCommands(lookup, { ...wish, withArchitecture: true, files: ['a.json', 'b.json'] })).toBe(
      `${start} --include a.json --include b.json`,
    )
  })
})
