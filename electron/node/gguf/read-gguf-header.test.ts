import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bool, buildGguf, buildGgufHeader, f32, type GgufSpec, list, text, u32 } from '../../../e2e/models/gguf-builder'
import { buildHeaderShape, headerShapes } from '../../../e2e/models/header-shapes'
import { tinyLlamaGguf } from '../../../e2e/models/tiny-models'
import { writeSparseFile } from '../../../e2e/models/write-model'
import { type GgufHeader, readGgufHeader, readGgufPrefix } from './read-gguf-header'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gguf-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(bytes: Uint8Array, name = 'model.gguf'): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

function accept(spec: GgufSpec): GgufHeader {
  const header = readGgufHeader(write(buildGguf(spec)))
  if (!header.ok) throw new Error(JSON.stringify(header.error))
  return header.value
}

describe('readGgufHeader on good files', () => {
  it.each([
    [1, 'little'],
    [2, 'little'],
    [3, 'little'],
    [2, 'big'],
    [3, 'big'],
  ] as const)('reads version %i, %s-endian', (version, byteOrder) => {
    const header = accept({ ...tinyLlamaGguf(), version, byteOrder })
    expect(header).toMatchObject({ version, byteOrder, unknownTypes: [], warnings: [], alignment: 32 })
    expect(header.metadata['llama.block_count']).toBe(2)
    expect(header.metadata['llama.rope.freq_base']).toBe(10_000)
    expect(header.arrayLengths['tokenizer.ggml.tokens']).toBe(8)
    expect(header.tensors).toHaveLength(21)
    expect(header.tensors[1]).toEqual({ name: 'blk.0.attn_norm.weight', dims: [16], type: 0, bytes: 64 })
  })

  it('takes the reversed magic of big-endian files', () => {
    expect(accept({ ...tinyLlamaGguf(), byteOrder: 'big', magic: 'FUGG' }).byteOrder).toBe('big')
  })

  it('keeps every scalar type exactly', () => {
    const { metadata } = accept({
      metadata: [
        ['u8', { type: 'u8', value: 200 }],
        ['i8', { type: 'i8', value: -3 }],
        ['u16', { type: 'u16', value: 60_000 }],
        ['i16', { type: 'i16', value: -300 }],
        ['u32', u32(4_000_000_000)],
        ['i32', { type: 'i32', value: -70_000 }],
        ['u64', { type: 'u64', value: 2n ** 53n - 1n }],
        ['i64', { type: 'i64', value: -(2n ** 40n) }],
        ['f32', f32(0.5)],
        ['f64', { type: 'f64', value: 0.1 }],
        ['bool', bool(true)],
        ['text', text('Grüße 👋')],
        ['empty', text('')],
      ],
    })
    expect({ ...metadata }).toEqual({
      u8: 200,
      i8: -3,
      u16: 60_000,
      i16: -300,
      u32: 4_000_000_000,
      i32: -70_000,
      u64: 2 ** 53 - 1,
      i64: -(2 ** 40),
      f32: 0.5,
      f64: 0.1,
      bool: true,
      text: 'Grüße 👋',
      empty: '',
    })
  })

  it('keeps arrays up to 512 items, counts longer ones and never keeps the tokenizer', () => {
    const { metadata, arrayLengths } = accept({
      metadata: [
        [
          'x.short',
          list(
            'u32',
            Array.from({ length: 512 }, (_, index) => index),
          ),
        ],
        [
          'x.long',
          list(
            'u32',
            Array.from({ length: 513 }, () => 1),
          ),
        ],
        ['x.texts', list('string', ['a', 'bb', ''])],
        ['x.flags', list('bool', [true, false])],
        ['x.none', list('u32', [])],
        ['tokenizer.ggml.tokens', list('string', ['a', 'b'])],
      ],
    })
    expect(metadata['x.short']).toHaveLength(512)
    expect(metadata['x.texts']).toEqual(['a', 'bb', ''])
    expect(metadata['x.flags']).toEqual([true, false])
    expect(metadata['x.none']).toEqual([])
    expect(Object.keys(metadata)).not.toContain('x.long')
    expect(Object.keys(metadata)).not.toContain('tokenizer.ggml.tokens')
    expect({ ...arrayLengths }).toMatchObject({
      'x.short': 512,
      'x.long': 513,
      'x.none': 0,
      'tokenizer.ggml.tokens': 2,
    })
  })

  it('leaves out numbers that cannot be held and says so', () => {
    const header = accept({
      metadata: [
        ['x.big', { type: 'u64', value: 2n ** 53n + 1n }],
        ['x.nan', f32(Number.NaN)],
        ['x.list', list('f32', [1, Number.POSITIVE_INFINITY])],
      ],
    })
    expect(Object.keys(header.metadata)).toEqual([])
    expect(header.warnings).toHaveLength(3)
    expect(header.warnings[0]).toContain('x.big')
  })

  it('takes the first of two equal keys and warns', () => {
    const header = accept({
      metadata: [
        ['k', u32(1)],
        ['k', u32(2)],
        ['a', list('u32', [1])],
        ['a', list('u32', [1, 2])],
      ],
    })
    expect(header.metadata['k']).toBe(1)
    expect(header.arrayLengths['a']).toBe(1)
    expect(header.warnings).toHaveLength(2)
  })

  it('treats __proto__ as a key like any other', () => {
    const header = accept({
      metadata: [
        ['__proto__', text('x')],
        ['constructor', u32(7)],
      ],
    })
    expect(Object.keys(header.metadata)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(header.metadata)).toBeNull()
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('shows U+FFFD for what is not UTF-8', () => {
    expect(accept({ metadata: [['k', text(Uint8Array.of(0x61, 0xff, 0x62))]] }).metadata['k']).toBe('a\uFFFDb')
  })

  it('keeps a text longer than the reading window exactly', () => {
    const long = `${'x'.repeat(600_000)}é`
    expect(
      accept({
        metadata: [
          ['k', text(long)],
          ['after', u32(5)],
        ],
      }).metadata,
    ).toMatchObject({ k: long, after: 5 })
  })

  it('names a text beyond the limit instead of shortening it', () => {
    const header = accept({
      metadata: [
        ['k', text('x'.repeat(4 * 2 ** 20 + 1))],
        ['after', u32(5)],
      ],
    })
    expect(header.metadata['k']).toBeUndefined()
    expect(header.metadata['after']).toBe(5)
    expect(header.warnings[0]).toContain('4194305')
  })

  it('reads files of ik_llama.cpp without sizing their own types', () => {
    const header = accept({ tensors: [{ name: 't', dims: [256], type: 137, bytes: 76 }] })
    expect(header.tensors[0]).toEqual({ name: 't', dims: [256], type: 137 })
    expect(header.unknownTypes).toEqual([137])
    expect(header.warnings[0]).toContain('137')
  })

  it.each([
    [8, 64],
    [64, 64],
    [4096, 4096],
  ])('honours an alignment of %i', (alignment) => {
    const tensors = [1, 2].map((index) => ({ name: `t${index}`, dims: [3], type: 0, bytes: 12 }))
    expect(accept({ metadata: [['general.alignment', u32(alignment)]], tensors, alignment }).alignment).toBe(alignment)
  })

  it('reads headers shaped like real releases, reading little more than it must', () => {
    for (const shape of headerShapes.slice(2)) {
      const { header, fileBytes } = buildHeaderShape(shape)
      const count = { bytes: 0, calls: 0 }
      const read = readGgufHeader(writeSparseFile(join(folder, `${shape.name}.gguf`), header, fileBytes), count)
      expect(read.ok && read.value.arrayLengths['tokenizer.ggml.tokens']).toBe(shape.vocabulary)
      const fixedWidth = shape.vocabulary * 8
      const headerBytes = read.ok ? read.value.headerBytes : 0
      expect(count.bytes).toBeLessThanOrEqual((headerBytes - fixedWidth) * 1.05)
    }
  })
})

describe('readGgufPrefix', () => {
  it('reads a remote header from its first bytes and asks for more when they do not reach', () => {
    const { header, dataBytes } = buildGgufHeader(tinyLlamaGguf())
    const whole = header.length + dataBytes
    expect(readGgufPrefix(header, whole)).toMatchObject({ ok: true })
    const short = readGgufPrefix(header.subarray(0, 100), whole)
    expect(short.ok).toBe('more')
    expect(readGgufPrefix(header, header.length)).toMatchObject({ ok: false, error: { code: 'INCOMPLETE_DATA' } })
  })
})

describe('what stands in place of a model', () => {
  it.each([
    ['version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12345\n', 'BAD_MAGIC', /12345 bytes/],
    ['<!DOCTYPE html><html><body>Not found</body></html>', 'BAD_MAGIC', /web page/],
    ['\n <html lang="en">', 'BAD_MAGIC', /web page/],
    ['{"error":"Repository not found"}', 'BAD_MAGIC', /JSON/],
    ['PK\u0003\u0004aaaaaaaaaaaa', 'BAD_MAGIC', /archive/],
    ['lmggaaaaaaaaaaaa', 'BAD_MAGIC', /before GGUF/],
    ['\0'.repeat(20), 'BAD_MAGIC', /zeros/],
    ['something else', 'BAD_MAGIC', /does not begin/],
    ['', 'EMPTY_FILE', /empty/],
    ['GG', 'TRUNCATED', /cut short/],
    ['GGUF', 'TRUNCATED', /cut short/],
  ] as const)('%j is %s', (content, code, message) => {
    const read = readGgufHeader(write(Buffer.from(content, 'latin1')))
    expect(read).toMatchObject({ ok: false, error: { code, hint: expect.any(String), offset: expect.any(Number) } })
    if (!read.ok) expect(read.error.message).toMatch(message)
  })

  it('refuses folders, pipes and devices without waiting for them', () => {
    const pipe = join(folder, 'pipe.gguf')
    execFileSync('mkfifo', [pipe])
    for (const path of [folder, pipe, '/dev/zero']) {
      expect(readGgufHeader(path)).toMatchObject({ ok: false, error: { code: 'NOT_A_FILE' } })
    }
    expect(readGgufHeader(join(folder, 'absent'))).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })
})

const realFiles = fileURLToPath(new URL('../../../../shared/data/gguf/', import.meta.url))

describe.skipIf(!existsSync(realFiles))('real files (skipped when the data folder is absent)', () => {
  it('agrees with the published vocabulary sizes', () => {
    const expected: Record<string, { expected: { vocab_size: number }; notes: string[] }> = JSON.parse(
      readFileSync(join(realFiles, 'expected.json'), 'utf8'),
    )
    for (const [name, { expected: facts, notes }] of Object.entries(expected)) {
      const read = readGgufHeader(join(realFiles, name))
      expect(read.ok && read.value.arrayLengths['tokenizer.ggml.tokens'], name).toBe(facts.vocab_size)
      expect(notes[0]).toBe(`GGUF version ${read.ok ? read.value.version : 0}`)
    }
  })
})
