import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Inspection } from '#shared/domain/inspection'
import { type Result } from '#shared/domain/result'
import { buildSafetensors, f16 } from '../../../e2e/models/safetensors-builder'
import { tinyLlamaConfig } from '../../../e2e/models/tiny-models'
import { inspectPath } from './inspect-path'

const MIB = 2 ** 20
/** Whatever a file holds, reading it takes less. */
const MOST_MEMORY = 100 * MIB
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fat-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A file of `start`, many times `piece`, and `end`, written piece by piece: the test itself takes little memory. */
function writeLong(name: string, parts: { start: string; piece: string; times: number; end: string }): void {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'w')
  try {
    writeSync(file, parts.start)
    const perChunk = Math.max(1, Math.floor(MIB / parts.piece.length))
    const chunk = Buffer.from(parts.piece.repeat(perChunk))
    for (let left = parts.times; left > 0; left -= perChunk) {
      writeSync(file, left >= perChunk ? chunk : Buffer.from(parts.piece.repeat(left)))
    }
    writeSync(file, parts.end)
  } finally {
    closeSync(file)
  }
}

/** A safetensors file whose header is `start`, many times `piece`, and `end`. */
function writeHeader(parts: { start: string; piece: string; times: number; end: string }): void {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(parts.start.length + parts.piece.length * parts.times + parts.end.length))
  // As a text in which every letter is one byte.
  const start = length.toString('latin1') + parts.start
  expect(Buffer.from(start, 'utf8').length, 'a length that is not ASCII cannot be written as text').toBe(start.length)
  writeLong('model.safetensors', { ...parts, start })
}

/** The text length for which all eight bytes are ASCII. */
function asciiTimes(bytes: number, overhead: number): number {
  const total = Buffer.alloc(8)
  total.writeBigUInt64LE(BigInt(bytes))
  return Number(Buffer.from(total.map((byte) => byte & 0x7f)).readBigUInt64LE()) - overhead
}

function inspect(): Result<Inspection> {
  const before = process.memoryUsage().rss
  const read = inspectPath({ path: folder, collectedAt: '2026-01-01T00:00:00.000Z' })
  expect(process.memoryUsage().rss - before).toBeLessThan(MOST_MEMORY)
  return read
}

function expectLimit(read: Result<Inspection>): void {
  expect(read).toMatchObject({
    ok: false,
    error: { code: 'LIMIT', hint: expect.any(String), offset: expect.any(Number), path: expect.any(String) },
  })
}

describe('files that are fat and still legal, or nearly', { timeout: 300_000 }, () => {
  it('a safetensors header of 90 MB in one text is stepped over', () => {
    const start = '{"__metadata__":{"note":"'
    writeHeader({ start, piece: 'x', times: asciiTimes(90e6, start.length + 3), end: '"}}' })
    expect(inspect()).toMatchObject({ ok: true, value: { format: 'safetensors' } })
  })

  it('a safetensors header of 30 million empty lists is refused', () => {
    const start = '{"__metadata__":{"note":['
    const times = Math.floor(asciiTimes(90e6, start.length + 4) / 3)
    const rest = asciiTimes(90e6, start.length + 4) - times * 3
    writeHeader({ start, piece: '[],', times, end: `${' '.repeat(rest)}0]}}` })
    expectLimit(inspect())
  })

  it('more tensors than any file has are refused', () => {
    const tensors = Array.from({ length: 100_001 }, (_, index) => f16(`t${index}`, [1]))
    writeFileSync(join(folder, 'model.safetensors'), buildSafetensors({ tensors }))
    expectLimit(inspect())
  })

  it.each(['[],', '{},', '0,', 'NaN,'])('a config of 8 MB of %s is refused before it is built', (piece) => {
    const times = Math.floor((8 * MIB - 100) / piece.length)
    writeLong('config.json', { start: '{"x":[', piece, times, end: '0]}' })
    expectLimit(inspect())
  })

  it('a config with a text of 8 MB is read', () => {
    const config = JSON.stringify(tinyLlamaConfig()).slice(0, -1)
    writeLong('config.json', { start: `${config},"note":"`, piece: 'x', times: 8 * MIB - 1_000, end: '"}' })
    expect(inspect()).toMatchObject({ ok: true, value: { architecture: { num_layers: 2 } } })
  })

  it('of a tokenizer configuration of 30 MB only the length is taken', () => {
    writeFileSync(
      join(folder, 'config.json'),
      JSON.stringify({ ...tinyLlamaConfig(), max_position_embeddings: undefined }),
    )
    const token =
      '"1":{"content":"<|extra|>","lstrip":false,"normalized":false,"rstrip":false,"single_word":false,"special":true},'
    const times = Math.floor((30 * MIB) / token.length)
    writeLong('tokenizer_config.json', {
      start: '{"added_tokens_decoder":{',
      piece: token,
      times,
      end: '"0":{}},"model_max_length":4096}',
    })
    const read = inspect()
    expect(read.ok && JSON.stringify(read.value.architecture)).not.toContain('was not used')
    expect(read.ok && read.value.architecture.num_layers).toBe(2)
  })

  it.each([
    ['tokenizer_config.json', { start: '{"x":[', piece: '[],', times: 10_000_000, end: '0]}' }],
    ['model.safetensors.index.json', { start: '{"weight_map":{},"x":[', piece: '[],', times: 20_000_000, end: '0]}' }],
    ['recipe.yaml', { start: 'x:\n', piece: '- a\n', times: 60_000, end: '' }],
  ])('a fat %s is a warning beside a good config', (name, parts) => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(tinyLlamaConfig()))
    writeLong(name, parts)
    const read = inspect()
    expect(read.ok && read.value.architecture.num_layers).toBe(2)
    expect(read.ok && read.value.architecture.warnings?.join(' ')).toMatch(
      new RegExp(`"${name}" was not used: .*values`),
    )
  })

  it('an index of more tensors than any model has is a warning', () => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(tinyLlamaConfig()))
    const pairs = Array.from({ length: 300_001 }, (_, index) => `"t${index}":"model.safetensors"`)
    writeFileSync(join(folder, 'model.safetensors.index.json'), `{"weight_map":{${pairs.join(',')}}}`)
    const read = inspect()
    expect(read.ok && read.value.architecture.warnings?.join(' ')).toContain('more tensors than any model has')
  })

  it('of a model card with benchmark results without end, the base model is taken', () => {
    writeFileSync(join(folder, 'model.safetensors'), buildSafetensors({ tensors: [f16('w', [4])] }))
    writeLong('README.md', {
      start: '---\nbase_model:\n- org/base\n\nmodel-index:\n',
      piece: '- value: 1\n',
      times: 80_000,
      end: '---\n# Title\n',
    })
    const read = inspect()
    expect(read.ok && read.value.architecture.warnings?.join(' ')).toContain('its base model is "org/base"')
  })
})
