import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../e2e/models/byte-writer'
import {
  type BuilderValue,
  buildGguf,
  buildGgufHeader,
  type GgufSpec,
  list,
  text,
  u32,
} from '../../../e2e/models/gguf-builder'
import { tinyLlamaGguf, tinyLlamaTensors } from '../../../e2e/models/tiny-models'
import { writeSparseFile } from '../../../e2e/models/write-model'
import { readGgufHeader, readGgufPrefix } from './read-gguf-header'

/** Every shape of broken file that some reader of the field accepted, hung on or died of. */
const MOST_MEMORY = 100 * 2 ** 20
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gguf-bad-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function codeOf(bytes: Uint8Array, sparseBytes?: number): string {
  const path = join(folder, 'bad.gguf')
  if (sparseBytes === undefined) writeFileSync(path, bytes)
  else writeSparseFile(path, bytes, sparseBytes)
  const before = process.memoryUsage().rss
  const read = readGgufHeader(path)
  // Reading is synchronous, so what it took is still there: no collector ran in between that gave memory back.
  expect(process.memoryUsage().rss - before).toBeLessThan(MOST_MEMORY)
  if (read.ok) return 'accepted'
  // A refusal without a place or advice helps nobody.
  expect(read.error).toMatchObject({ offset: expect.any(Number), hint: expect.any(String), path })
  return read.error.code
}

/** A header that ends inside its first value: magic, version, one key, then what `write` puts there. */
function afterKey(write: (writer: ByteWriter) => unknown, version = 3): Uint8Array {
  const writer = new ByteWriter()
  const size = (value: number): unknown => (version === 1 ? writer.u32(value) : writer.u64(value))
  writer.raw(Buffer.from('GGUF')).u32(version)
  size(0)
  size(1)
  size(1)
  writer.raw(Buffer.from('k'))
  write(writer)
  return writer.finish()
}

function oneTensor(
  dims: readonly (number | bigint)[],
  more: { type?: number; offset?: number | bigint; bytes?: number } = {},
): GgufSpec {
  return {
    tensors: [
      {
        name: 't',
        dims,
        type: more.type ?? 0,
        bytes: more.bytes ?? 64,
        ...(more.offset !== undefined && { offset: more.offset }),
      },
    ],
  }
}

function alignment(value: BuilderValue): GgufSpec {
  return { ...oneTensor([16]), metadata: [['general.alignment', value]] }
}

describe('malformed GGUF files', () => {
  const whole = buildGguf(tinyLlamaGguf())
  const { header } = buildGgufHeader(tinyLlamaGguf())
  const merges = buildGguf({
    metadata: [
      [
        'tokenizer.ggml.merges',
        list(
          'string',
          Array.from({ length: 3000 }, (_, i) => `m ${i}`),
        ),
      ],
    ],
  })

  const rows: readonly (readonly [name: string, bytes: Uint8Array, code: string, sparseBytes?: number])[] = [
    ['cut inside merges', merges.subarray(0, 20_000), 'TRUNCATED'],
    ['cut inside the tensor table', whole.subarray(0, header.length - 100), 'TRUNCATED'],
    ['40 bytes', whole.subarray(0, 40), 'TRUNCATED'],
    ['zero bytes', new Uint8Array(), 'EMPTY_FILE'],
    [
      'array length 2^60',
      afterKey((w) =>
        w
          .u32(9)
          .u32(4)
          .u64(2 ** 60),
      ),
      'BAD_LENGTH',
    ],
    [
      'array length 2^63',
      afterKey((w) =>
        w
          .u32(9)
          .u32(8)
          .u64(2n ** 63n),
      ),
      'BAD_LENGTH',
    ],
    ['array of 1e9 texts in a small file', afterKey((w) => w.u32(9).u32(8).u64(1e9)), 'TRUNCATED'],
    ['array of 900k numbers without data', afterKey((w) => w.u32(9).u32(4).u64(900_000)), 'TRUNCATED'],
    ['1e9 texts in a sparse 8 GB file', afterKey((w) => w.u32(9).u32(8).u64(1e9)), 'LIMIT', 8.1e9],
    ['30 million empty texts in a sparse file', afterKey((w) => w.u32(9).u32(8).u64(30e6)), 'LIMIT', 4e8],
    ['text length 2^62', afterKey((w) => w.u32(8).u64(2n ** 62n)), 'BAD_LENGTH'],
    ['text length 2^64 - 1', afterKey((w) => w.u32(8).u64(2n ** 64n - 1n)), 'BAD_LENGTH'],
    ['text length 2.5 GB', afterKey((w) => w.u32(8).u64(2.5e9)), 'BAD_LENGTH'],
    [
      'text length 2.5 GB inside an array',
      afterKey((w) => w.u32(9).u32(8).u64(600).u64(2.5e9).zeros(9000)),
      'BAD_LENGTH',
    ],
    [
      'text length 2^62 inside an array',
      afterKey((w) =>
        w
          .u32(9)
          .u32(8)
          .u64(600)
          .u64(2n ** 62n)
          .zeros(9000),
      ),
      'BAD_LENGTH',
    ],
    ['text length one beyond the end', afterKey((w) => w.u32(8).u64(4).u8(1).u8(1).u8(1)), 'TRUNCATED'],
    ['version 0', buildGguf({ version: 0 }), 'BAD_VERSION'],
    ['version 4', buildGguf({ version: 4 }), 'BAD_VERSION'],
    ['version 2^31', buildGguf({ version: 2 ** 31 }), 'BAD_VERSION'],
    ['big-endian version 9', buildGguf({ version: 9, byteOrder: 'big' }), 'BAD_VERSION'],
    ['arrays nested 2 deep', afterKey((w) => w.u32(9).u32(9).u64(1).u32(4).u64(1).u32(7)), 'BAD_TYPE'],
    [
      'arrays nested 20,000 deep',
      afterKey((w) => {
        w.u32(9)
        for (let i = 0; i < 20_000; i++) w.u32(9).u64(1)
      }),
      'BAD_TYPE',
    ],
    ['unknown value type', afterKey((w) => w.u32(13).u64(0)), 'BAD_TYPE'],
    ['unknown value type in an array', afterKey((w) => w.u32(9).u32(77).u64(3).u64(0)), 'BAD_TYPE'],
    ['a negative value type', afterKey((w) => w.u32(2 ** 32 - 1).u64(0)), 'BAD_TYPE'],
    ['true/false stored as 7', buildGguf({ metadata: [['k', { type: 'bool', value: 7 }]] }), 'BAD_VALUE'],
    ['key count 2^60', buildGguf({ metadataCount: 2n ** 60n }), 'BAD_LENGTH'],
    ['key count 2^63', buildGguf({ metadataCount: 2n ** 63n }), 'BAD_LENGTH'],
    ['key count one too high', buildGguf({ ...tinyLlamaGguf(), tensors: [], metadataCount: 14 }), 'TRUNCATED'],
    ['a million keys of zeros', buildGguf({ metadataCount: 1e6 }), 'LIMIT', 1e8],
    ['tensor count 2^60', buildGguf({ tensorCount: 2n ** 60n }), 'BAD_LENGTH'],
    ['tensor count 2^53', buildGguf({ tensorCount: 2n ** 53n }), 'BAD_LENGTH'],
    ['tensor count one too high', buildGguf({ metadata: [['k', u32(1)]], tensorCount: 1 }), 'TRUNCATED'],
    ['9 million tensors of zeros', buildGguf({ tensorCount: 9e6 }), 'LIMIT', 2.4e8],
    ['empty key', buildGguf({ metadata: [['', u32(1)]] }), 'BAD_LENGTH'],
    ['key of 64 KiB', buildGguf({ metadata: [['k'.repeat(65_536), u32(1)]] }), 'BAD_LENGTH'],
    ['key of 10 MB', buildGguf({ metadata: [['k'.repeat(10e6), u32(1)]] }), 'BAD_LENGTH'],
    ['unknown tensor type', buildGguf(oneTensor([16], { type: 99 })), 'BAD_TYPE'],
    ['removed tensor type', buildGguf(oneTensor([32], { type: 4 })), 'BAD_TYPE'],
    ['tensor type beyond every fork', buildGguf(oneTensor([16], { type: 2 ** 31 })), 'BAD_TYPE'],
    ['tensor type that exists only in memory', buildGguf(oneTensor([256], { type: 15, bytes: 292 })), 'BAD_TYPE'],
    ['dimension 2^63', buildGguf(oneTensor([2n ** 63n])), 'BAD_LENGTH'],
    ['dimensions whose product overflows', buildGguf(oneTensor([2 ** 32, 2 ** 31])), 'BAD_LENGTH'],
    ['dimension 0', buildGguf(oneTensor([16, 0])), 'BAD_VALUE'],
    ['5 dimensions', buildGguf(oneTensor([1, 1, 1, 1, 16])), 'LIMIT'],
    ['4e9 dimensions', fourBillionDims(), 'LIMIT'],
    ['rows that do not divide into blocks', buildGguf(oneTensor([100], { type: 12, bytes: 144 })), 'BAD_VALUE'],
    ['alignment 0', buildGguf(alignment(u32(0))), 'BAD_VALUE'],
    ['alignment 3', buildGguf(alignment(u32(3))), 'BAD_VALUE'],
    ['alignment 2^31', buildGguf(alignment(u32(2 ** 31))), 'BAD_VALUE'],
    ['alignment as text', buildGguf(alignment(text('32'))), 'BAD_TYPE'],
    ['alignment as a 64-bit number', buildGguf(alignment({ type: 'u64', value: 32 })), 'BAD_TYPE'],
    ['tensor data missing', header, 'INCOMPLETE_DATA'],
    ['last byte of the tensor data missing', whole.subarray(0, -1), 'INCOMPLETE_DATA'],
    ['offset past the end', buildGguf(oneTensor([16], { offset: 4096 })), 'INCOMPLETE_DATA'],
    ['offset 2^63', buildGguf(oneTensor([16], { offset: 2n ** 63n })), 'BAD_LENGTH'],
    ['offset that wraps', buildGguf(oneTensor([16], { offset: 2 ** 53 - 32 })), 'BAD_LENGTH'],
    ['unaligned offset', buildGguf(oneTensor([4], { offset: 7 })), 'BAD_VALUE'],
    [
      'overlapping tensors',
      buildGguf({
        tensors: [...(oneTensor([16]).tensors ?? []), { name: 'u', dims: [16], type: 0, bytes: 64, offset: 32 }],
      }),
      'BAD_VALUE',
    ],
    [
      'the same tensor twice',
      buildGguf({ tensors: [...(oneTensor([16]).tensors ?? []), ...(oneTensor([16]).tensors ?? [])] }),
      'BAD_VALUE',
    ],
    [
      'tensor name of 10 KB',
      buildGguf({ tensors: [{ name: 't'.repeat(10_000), dims: [16], type: 0, bytes: 64 }] }),
      'BAD_LENGTH',
    ],
    [
      'more kept text than any model has',
      buildGguf({ metadata: Array.from({ length: 9 }, (_, i) => [`k${i}`, text('x'.repeat(3e6))] as const) }),
      'LIMIT',
    ],
  ]

  it.each(rows.map(([name, bytes, code, sparse]) => ({ name, bytes, code, sparse })))(
    '$name: $code',
    ({ bytes, code, sparse }) => {
      expect(codeOf(bytes, sparse)).toBe(code)
    },
  )

  it.each([
    ['little', 1],
    ['little', 3],
    ['big', 3],
  ] as const)('no length of a cut %s-endian version %i file is accepted', (byteOrder, version) => {
    const tensors = tinyLlamaTensors().slice(0, 3)
    const file = buildGguf({ ...tinyLlamaGguf(), tensors, byteOrder, version })
    const wrong: string[] = []
    for (let length = 1; length < file.length; length++) {
      const cut = readGgufPrefix(file.subarray(0, length), length)
      const code = cut.ok === false ? cut.error.code : 'accepted'
      if (code !== 'TRUNCATED' && code !== 'INCOMPLETE_DATA') wrong.push(`${length} bytes: ${code}`)
    }
    expect(wrong).toEqual([])
    for (let length = 1; length < file.length; length += 97) {
      expect(['TRUNCATED', 'INCOMPLETE_DATA'], `${length} bytes on disk`).toContain(codeOf(file.subarray(0, length)))
    }
    expect(codeOf(file)).toBe('accepted')
  })
})

function fourBillionDims(): Uint8Array {
  const writer = new ByteWriter()
  writer.raw(Buffer.from('GGUF')).u32(3).u64(1).u64(0).u64(1).raw(Buffer.from('t')).u32(4e9).zeros(100)
  return writer.finish()
}
