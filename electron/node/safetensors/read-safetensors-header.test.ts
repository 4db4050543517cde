import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildSafetensors, f16, type SafetensorsSpec } from '../../../e2e/models/safetensors-builder'
import { tinyLlamaSafetensors } from '../../../e2e/models/tiny-models'
import { readSafetensorsHeader } from './read-safetensors-header'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'safetensors-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function read(
  bytes: Uint8Array,
): ReturnType<typeof readSafetensorsHeader> & { tensors: { name: string; bytes: number }[] } {
  const path = join(folder, 'model.safetensors')
  writeFileSync(path, bytes)
  let tensors: { name: string; bytes: number }[] = []
  const header = readSafetensorsHeader(path, {
    begin: () => {
      tensors = []
    },
    visit: ({ name, bytes: span }) => tensors.push({ name, bytes: span }),
  })
  return { ...header, tensors }
}

function codeOf(bytes: Uint8Array): string {
  const header = read(bytes)
  if (header.ok) return 'accepted'
  expect(header.error).toMatchObject({ hint: expect.any(String), path: expect.any(String) })
  return header.error.code
}

function rawHeader(headerText: string, dataBytes = 0): Uint8Array {
  const file = buildSafetensors({ tensors: [], headerText })
  const whole = new Uint8Array(file.length + dataBytes)
  whole.set(file)
  return whole
}

const one = f16('a', [4])
const entry = (offsets: string, more = ''): string =>
  `{"a":{"dtype":"F16","shape":[4],"data_offsets":${offsets}${more}}}`

describe('readSafetensorsHeader', () => {
  it('hands over every tensor with its span', () => {
    const { ok, tensors } = read(buildSafetensors(tinyLlamaSafetensors()))
    expect(ok).toBe(true)
    expect(tensors).toHaveLength(21)
    expect(tensors[0]).toEqual({ name: 'model.embed_tokens.weight', bytes: 256 })
  })

  it.each<[string, SafetensorsSpec]>([
    ['no metadata', { tensors: [one] }],
    ['metadata null, as some writers store it', { metadata: null, tensors: [one] }],
    [
      'tensors not in the order of their data',
      {
        tensors: [
          { ...f16('b', [2]), offsets: [8, 12] },
          { ...one, offsets: [0, 8] },
        ],
      },
    ],
    ['an empty tensor', { tensors: [f16('none', [0, 4]), one] }],
    ['a scalar', { tensors: [f16('scalar', [])] }],
    ['packed 4-bit floats', { tensors: [{ name: 'f4', dtype: 'F4', shape: [3, 2], bytes: 3 }] }],
    ['header padded with spaces', { tensors: [], headerText: '{}        ' }],
  ])('accepts %s', (_, spec) => {
    expect(codeOf(buildSafetensors(spec))).toBe('accepted')
  })

  it('sizes an unknown type by its span and says so', () => {
    const header = read(buildSafetensors({ tensors: [{ name: 'x', dtype: 'F2', shape: [16], bytes: 4 }] }))
    expect(header.ok && header.value.warnings).toEqual([expect.stringContaining('F2')])
    expect(header.tensors).toEqual([{ name: 'x', bytes: 4 }])
  })

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(), 'EMPTY_FILE'],
    ['7 bytes', new Uint8Array(7).fill(1), 'TRUNCATED'],
    ['a header longer than the file', buildSafetensors({ tensors: [one], headerLength: 5000n }), 'TRUNCATED'],
    ['a header over 100 MB', buildSafetensors({ tensors: [one], headerLength: 100_000_001n }), 'LIMIT'],
    ['a header of 2^63 bytes', buildSafetensors({ tensors: [one], headerLength: 2n ** 63n }), 'BAD_LENGTH'],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\nsize 7\n'), 'BAD_MAGIC'],
    ['a web page', Buffer.from('<!doctype html><html></html>'), 'BAD_MAGIC'],
    ['something else', rawHeader('[1]'), 'BAD_MAGIC'],
    ['not JSON', rawHeader('{"a":'), 'BAD_JSON'],
    ['text after the header', rawHeader('{} x'), 'BAD_JSON'],
    ['a trailing comma', rawHeader('{"__metadata__":{},}'), 'BAD_JSON'],
    ['the same name twice', rawHeader(`${entry('[0,8]').slice(0, -1)},${entry('[8,16]').slice(1)}`, 16), 'BAD_VALUE'],
    ['overlapping spans', buildSafetensors({ tensors: [one, { ...f16('b', [4]), offsets: [4, 12] }] }), 'BAD_VALUE'],
    [
      'a hole between spans',
      buildSafetensors({ tensors: [one, { ...f16('b', [4]), offsets: [12, 20] }] }),
      'BAD_VALUE',
    ],
    ['a span that disagrees with shape and type', buildSafetensors({ tensors: [{ ...one, bytes: 9 }] }), 'BAD_VALUE'],
    ['a span that ends before it begins', rawHeader(entry('[8,0]'), 8), 'BAD_VALUE'],
    ['a negative offset', rawHeader(entry('[-8,0]'), 8), 'BAD_VALUE'],
    ['a fractional offset', rawHeader(entry('[0.5,8.5]'), 9), 'BAD_VALUE'],
    ['three offsets', rawHeader(entry('[0,4,8]'), 8), 'BAD_VALUE'],
    ['a shape of objects', rawHeader('{"a":{"dtype":"F16","shape":[{}],"data_offsets":[0,8]}}', 8), 'BAD_VALUE'],
    ['no shape', rawHeader('{"a":{"dtype":"F16","data_offsets":[0,8]}}', 8), 'BAD_VALUE'],
    ['a number for a tensor', rawHeader('{"a":5}'), 'BAD_VALUE'],
    [
      'a shape whose product overflows',
      rawHeader('{"a":{"dtype":"F16","shape":[9007199254740991,4],"data_offsets":[0,8]}}', 8),
      'BAD_LENGTH',
    ],
    ['lists nested without end', rawHeader(`{"a":{"shape":${'['.repeat(50_000)}`), 'BAD_VALUE'],
    ['metadata nested without end', rawHeader(`{"__metadata__":${'{"a":'.repeat(50_000)}`), 'LIMIT'],
    ['a name of 10,000 letters', buildSafetensors({ tensors: [f16('x'.repeat(10_000), [4])] }), 'BAD_LENGTH'],
    ['data cut short', buildSafetensors({ tensors: [one] }).subarray(0, -1), 'INCOMPLETE_DATA'],
    ['bytes that no tensor describes', rawHeader(entry('[0,8]'), 9), 'BAD_LENGTH'],
  ])('refuses %s', (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code)
  })

  it('accepts no cut length of a whole file', () => {
    const file = buildSafetensors({ tensors: [one, f16('b', [3, 2])], metadata: { format: 'pt' } })
    for (let length = 0; length < file.length; length++) {
      expect(codeOf(file.subarray(0, length)), `${length} bytes`).not.toBe('accepted')
    }
  })
})
