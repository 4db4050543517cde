import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gguf } from '@huggingface/gguf'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { damagedGguf, ggufSpec } from '../../../e2e/models/arbitrary-gguf'
import { type BuilderValue, buildGguf, type GgufSpec, list, text, u32 } from '../../../e2e/models/gguf-builder'
import { buildHeaderShape, headerShapes } from '../../../e2e/models/header-shapes'
import { tinyLlamaGguf, tinyLlamaShards, tinyLoraGguf, tinyProjectorGguf } from '../../../e2e/models/tiny-models'
import { writeModelFolder, writeSparseFile } from '../../../e2e/models/write-model'
import { type LibraryParser, parseWithLibrary } from '../hub/parse-with-library'
import { inspectPath } from '../library/inspect-path'
import { inspectRemotePath } from '../library/inspect-remote-path'
import { createLibraryReader } from './library-reader'
import { readGgufHeader } from './read-gguf-header'

const collectedAt = '2026-01-01T00:00:00.000Z'
const dataFolder = fileURLToPath(new URL('../../../../shared/data/gguf', import.meta.url))
let folder: string
let path: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gguf-library-'))
  path = join(folder, 'model.gguf')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What both ways say about a path; the clock is the same, so all of it can be compared. */
async function bothWays(
  at: string,
  reader = createLibraryReader(),
): Promise<readonly [local: unknown, remote: unknown]> {
  const local = inspectPath({ path: at, collectedAt })
  return [local, await inspectRemotePath({ path: at, collectedAt, isRemote: true }, reader)]
}

async function expectSame(at: string): Promise<void> {
  const [local, remote] = await bothWays(at)
  expect(remote).toEqual(local)
}

/** The library itself, on bytes that lie at an address; tells how many it got. */
function countingParser(sizes: number[], change: (result: Lie) => void = () => undefined): LibraryParser {
  return async (header) => {
    sizes.push(header.length)
    const at = join(folder, 'given.gguf')
    writeFileSync(at, header)
    const result = await gguf(at, { allowLocalFile: true, typedMetadata: true })
    change(result as unknown as Lie) // the same object, with types that can be broken
    return result
  }
}

describe('a remote header gives what the file on the disk gives', { timeout: 300_000 }, () => {
  it.each(headerShapes.map((shape) => ({ name: shape.name, shape })))(
    '$name',
    async ({ shape }) => {
      const { header, fileBytes } = buildHeaderShape(shape)
      await expectSame(writeSparseFile(path, header, fileBytes))
    },
    300_000,
  )

  it.each<[string, GgufSpec]>([
    ['version 1', { ...tinyLlamaGguf(), version: 1 }],
    ['version 2', { ...tinyLlamaGguf(), version: 2 }],
    ['big-endian', { ...tinyLlamaGguf(), byteOrder: 'big' }],
    ['big-endian version 1', { ...tinyLlamaGguf(), byteOrder: 'big', version: 1 }],
    ['another alignment', { ...tinyLlamaGguf({ metadata: [['general.alignment', u32(64)]] }), alignment: 64 }],
    ['a projector', tinyProjectorGguf()],
    ['an adapter', tinyLoraGguf()],
    ['a vocabulary', { ...tinyLlamaGguf(), tensors: [] }],
    ['values that cannot be kept', tinyLlamaGguf({ metadata: unusableValues() })],
  ])('%s', async (_, spec) => {
    writeFileSync(path, buildGguf(spec))
    await expectSame(path)
  })

  it('a split model and a model with its projector', async () => {
    const shards = tinyLlamaShards(3).map(
      (spec, index) => [`m-0000${index + 1}-of-00003.gguf`, buildGguf(spec)] as const,
    )
    const split = writeModelFolder(join(folder, 'split'), Object.fromEntries(shards))
    await expectSame(split)
    await expectSame(join(split, 'm-00001-of-00003.gguf'))
    const seeing = writeModelFolder(join(folder, 'seeing'), {
      'm.gguf': buildGguf(tinyLlamaGguf()),
      'mmproj-m.gguf': buildGguf(tinyProjectorGguf()),
    })
    await expectSame(seeing)
    await expectSame(join(seeing, 'm.gguf'))
  })

  it.skipIf(!existsSync(dataFolder))(
    'every published file (skipped without the data set)',
    async () => {
      const names = readdirSync(dataFolder).filter((name) => name.endsWith('.gguf'))
      expect(names.length).toBeGreaterThan(0)
      for (const name of names) await expectSame(join(dataFolder, name))
    },
    300_000,
  )

  it('generated files', async () => {
    await fc.assert(
      fc.asyncProperty(ggufSpec, fc.constantFrom(undefined, 1 as const), async (spec, version) => {
        writeFileSync(path, buildGguf({ ...spec, ...(version !== undefined && { version }) }))
        const [local, remote] = await bothWays(path)
        expect(withoutReaderWarning(remote)).toEqual(local)
      }),
      { seed: 42, numRuns: 150 },
    )
  })

  it('damaged files: the same refusal, or the same facts', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(damagedGguf, async (bytes) => {
        writeFileSync(path, bytes)
        const [local, remote] = await bothWays(path)
        expect(withoutReaderWarning(remote)).toEqual(local)
        if ((local as { ok: boolean }).ok) accepted += 1 // every Result has it
      }),
      { seed: 43, numRuns: 400 },
    )
    expect(accepted).toBeGreaterThan(20)
  })
})

describe('what the library cannot read', { timeout: 300_000 }, () => {
  const llama = tinyLlamaGguf()
  const many = Array.from({ length: 1_000_001 }, () => 1)
  it.each<[string, GgufSpec]>([
    ['reversed magic', { ...llama, magic: 'FUGG', byteOrder: 'big' }],
    ['repeated keys', tinyLlamaGguf({ metadata: [['general.name', text('Again')]] })],
    ['a key with the name "version"', tinyLlamaGguf({ metadata: [['version', u32(9)]] })],
    ['a key with the name "__proto__"', tinyLlamaGguf({ metadata: [['__proto__', list('u32', [1])]] })],
    ['byte order mark', tinyLlamaGguf({ metadata: [['general.basename', text('\ufeffTiny')]] })],
    ['a list of 1000001 items', tinyLlamaGguf({ metadata: [['tokenizer.ggml.extra', list('u8', many)]] })],
    ['a text of 400001 bytes', tinyLlamaGguf({ metadata: [['a.text', text('x'.repeat(400_001))]] })],
    [
      'a text of 512000 bytes',
      tinyLlamaGguf({
        metadata: [
          [
            'a.texts',
            list(
              'string',
              Array.from({ length: 64 }, () => 'x'.repeat(7_992)),
            ),
          ],
        ],
      }),
    ],
    [
      'lists of 900009 texts',
      tinyLlamaGguf({
        metadata: [
          [
            'tokenizer.ggml.merges',
            list(
              'string',
              Array.from({ length: 900_001 }, () => 'a'),
            ),
          ],
        ],
      }),
    ],
    [
      'very long texts',
      tinyLlamaGguf({ metadata: [['tokenizer.ggml.merges', list('string', ['x'.repeat(10_000_001)])]] }),
    ],
  ])('%s: our reader reads, and says so', async (obstacle, spec) => {
    writeFileSync(path, buildGguf(spec))
    const [local, remote] = await bothWays(path)
    expect(JSON.stringify(remote)).toContain(JSON.stringify(obstacle).slice(1, -1))
    expect(withoutReaderWarning(remote)).toEqual(local)
    expect(local).toMatchObject({ ok: true, value: { architecture: { num_layers: 2 } } })
  })

  it('a header beyond its limit of 50 MB', async () => {
    const zeros = Array.from({ length: 900_000 }, () => 0)
    const lists = Array.from({ length: 7 }, (_, index) => [`tokenizer.x${index}`, list('f64', zeros)] as const)
    writeFileSync(path, buildGguf(tinyLlamaGguf({ metadata: lists })))
    const [local, remote] = await bothWays(path)
    expect(JSON.stringify(remote)).toMatch(/a header of 50\d{6} bytes/)
    expect(withoutReaderWarning(remote)).toEqual(local)
  }, 300_000)
})

describe('the variants of one model', { timeout: 300_000 }, () => {
  const words = Array.from({ length: 9_000 }, (_, index) => `word ${index}`)
  const variant = (fileType: number, tokens: readonly string[] = words): Uint8Array =>
    buildGguf({
      ...tinyLlamaGguf(),
      metadata: [
        ['general.architecture', text('llama')],
        ['tokenizer.ggml.tokens', list('string', tokens)],
        [
          'tokenizer.ggml.scores',
          list(
            'f64',
            tokens.map((_, index) => index),
          ),
        ],
        ['general.file_type', u32(fileType)],
        ['llama.block_count', u32(2)],
      ],
    })

  it('hand over a vocabulary once, and another one again', async () => {
    const sizes: number[] = []
    const reader = createLibraryReader(countingParser(sizes))
    const other = words.with(4_000, 'WORD 4000')
    for (const bytes of [variant(7), variant(15), variant(15, other), variant(18, words.slice(1))]) {
      writeFileSync(path, bytes)
      const [local, remote] = await bothWays(path, reader)
      expect(remote).toEqual(local)
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = sizes
    expect(first).toBeGreaterThan(200_000)
    expect(second).toBeLessThan(5_000)
    // The same scores, other words; then both are others.
    expect(third).toBeGreaterThan(100_000)
    expect(third).toBeLessThan(first - 60_000)
    expect(fourth).toBeGreaterThan(200_000)
  })
})

/** The result as something to break. */
interface Lie {
  tensorInfos: (Record<string, unknown> | null | undefined)[]
  typedMetadata: Record<string, { value: unknown; type?: number } | null>
  tensorDataOffset: bigint
  littleEndian: boolean
}

describe('what the library returns is checked', () => {
  const tensor = (more: Record<string, unknown>) => (r: Lie) => {
    r.tensorInfos[1] = { ...r.tensorInfos[1], ...more }
  }
  const key =
    (name: string, value: unknown) =>
    (r: Lie): void => {
      r.typedMetadata[name] = { ...r.typedMetadata[name], value }
    }
  const liars: readonly (readonly [what: string, lie: (result: Lie) => void])[] = [
    ['a tensor less', (r) => void r.tensorInfos.pop()],
    ['a tensor twice', (r) => void r.tensorInfos.push(r.tensorInfos[0])],
    ['another name', tensor({ name: 'x' })],
    ['another dimension', tensor({ shape: [17n] })],
    ['a negative dimension', tensor({ shape: [-16n] })],
    ['another type', tensor({ dtype: 1 })],
    ['an unknown type', tensor({ dtype: 4_242 })],
    ['another offset', tensor({ offset: 64n })],
    ['an offset that is no number', tensor({ offset: 'far' })],
    ['nothing for a tensor', (r) => void r.tensorInfos.fill(null, 1, 2)],
    ['another start of the data', (r) => void Object.assign(r, { tensorDataOffset: r.tensorDataOffset + 32n })],
    ['the other byte order', (r) => void Object.assign(r, { littleEndian: false })],
    ['another version', key('version', 2)],
    ['another count of tensors', key('tensor_count', 2n)],
    ['another count of keys', key('kv_count', 3n)],
    ['a key less', (r) => void delete r.typedMetadata['llama.block_count']],
    ['a key more', key('more', 'x')],
    ['another value', key('llama.block_count', 3)],
    ['another kind of value', key('llama.block_count', '2')],
    ['no value', (r) => void Object.assign(r.typedMetadata, { 'llama.block_count': null })],
    ['a shorter vocabulary', key('tokenizer.ggml.tokens', ['a'])],
    ['a vocabulary that is none', key('tokenizer.ggml.tokens', {})],
    [
      'a throw',
      () => {
        throw new Error('not a valid gguf file')
      },
    ],
  ]

  it.each(liars.map(([what, lie]) => ({ what, lie })))('$what: refused', async ({ lie }) => {
    writeFileSync(path, buildGguf(tinyLlamaGguf()))
    const ours = readGgufHeader(path)
    if (!ours.ok) throw new Error(ours.error.message)
    const read = await createLibraryReader(countingParser([], lie)).read(path, ours.value)
    expect(read).toMatchObject({ ok: false, error: { code: 'READERS_DISAGREE', path, hint: expect.any(String) } })
    expect((await createLibraryReader(countingParser([])).read(path, ours.value)).ok).toBe(true)
  })

  it('asks nothing of the network', async () => {
    const network = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network here'))
    writeFileSync(path, buildGguf(tinyLlamaGguf()))
    const { metadata } = await gguf(path, { allowLocalFile: true })
    const read = await parseWithLibrary(buildGguf(tinyLlamaGguf()))
    expect(Object.keys(read.typedMetadata)).toEqual(Object.keys(metadata))
    expect(network).not.toHaveBeenCalled()
    network.mockRestore()
  })

  it('refuses the model when one of its files is read differently', async () => {
    const at = writeModelFolder(join(folder, 'liar'), {
      'm.gguf': buildGguf(tinyLlamaGguf()),
      'mmproj-m.gguf': buildGguf(tinyProjectorGguf()),
    })
    const reader = createLibraryReader(
      countingParser([], (result) => {
        if (result.tensorInfos.length === 2) Object.assign(result, { tensorInfos: [] })
      }),
    )
    const [, remote] = await bothWays(at, reader)
    expect(remote).toMatchObject({ ok: false, error: { code: 'READERS_DISAGREE', path: join(at, 'mmproj-m.gguf') } })
  })
})

function unusableValues(): (readonly [string, BuilderValue])[] {
  return [
    ['a.huge', { type: 'u64', value: 2n ** 60n }],
    ['a.nan', { type: 'f32', value: Number.NaN }],
    ['a.infinite', { type: 'f64', value: Number.POSITIVE_INFINITY }],
    ['a.list', list('u64', [1n, 2n ** 60n])],
    ['a.text', text('y'.repeat(400_000))],
    ['a.raw', text(Uint8Array.of(0xff, 0xfe, 0x41))],
    ['0', u32(1)],
    ['constructor', u32(1)],
  ]
}

/** The remote answer without the one warning that the local one cannot have. */
function withoutReaderWarning(remote: unknown): unknown {
  return JSON.parse(
    JSON.stringify(remote, (key, value: unknown) => {
      if (key !== 'warnings' || !Array.isArray(value)) return value
      const rest = value.filter((warning) => !String(warning).includes('was read by our own reader'))
      return rest.length === 0 ? undefined : rest
    }),
  )
}
