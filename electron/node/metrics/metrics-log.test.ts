import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fail } from '#shared/domain/result'
import { type MetricsRecord } from '#shared/runtime/metrics-record'
import { appendMetrics } from './append-metrics'
import { findMetricsLog, METRICS_FILE, readMetricsLog } from './metrics-log'
import { readStreamLines } from './read-lines'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-metrics-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function record(model: string, at = '2026-01-01T00:00:00+00:00'): MetricsRecord {
  const payload = { source: 'test', extra_args: [], metrics: { weights_gib: 1 } }
  return { timestamp: at, model, backend: 'vllm', served_model_id: null, payload }
}

describe('the metrics log', () => {
  it('is appended line by line, its folder made on the way', async () => {
    const path = join(folder, 'logs', 'm.jsonl')
    expect(await appendMetrics(path, record('a'))).toEqual({ ok: true, value: undefined })
    await appendMetrics(path, record('b'))
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(record('a'))}\n${JSON.stringify(record('b'))}\n`)
  })

  it('closes a line that a killed writer left open, so that the new one stands alone', async () => {
    const path = join(folder, 'm.jsonl')
    writeFileSync(path, '{"half')
    await appendMetrics(path, record('a'))
    const read = await readMetricsLog(path)
    expect(read).toMatchObject({ ok: true, value: { skippedLines: 1 } })
    expect(read.ok && read.value.events.map((event) => event.model)).toEqual(['a'])
  })

  it('is turned over when it has grown too large', async () => {
    const path = join(folder, 'm.jsonl')
    for (const model of ['a', 'b', 'c']) await appendMetrics(path, record(model), { maxBytes: 200 })
    expect(readdirSync(folder).sort()).toEqual(['m.jsonl', 'm.jsonl.1'])
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(record('c'))}\n`)
  })

  it('is looked for beside the registry, in it, then in the data folder', async () => {
    const registry = join(folder, 'registry')
    const world = { dataDir: join(folder, 'data') }
    mkdirSync(registry)
    const location = { path: registry, mode: 'layered' } as const
    expect(await findMetricsLog(location, world)).toBe(join(folder, 'data', 'logs', METRICS_FILE))
    mkdirSync(join(registry, 'logs'))
    writeFileSync(join(registry, 'logs', METRICS_FILE), '')
    expect(await findMetricsLog(location, world)).toBe(join(registry, 'logs', METRICS_FILE))
    mkdirSync(join(folder, 'logs'))
    writeFileSync(join(folder, 'logs', METRICS_FILE), '')
    expect(await findMetricsLog(location, world)).toBe(join(folder, 'logs', METRICS_FILE))
  })

  it('says what is wrong when it cannot be read', async () => {
    expect(await readMetricsLog(join(folder, 'none'))).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    expect(await readMetricsLog(folder)).toMatchObject({ ok: false, error: { code: 'NOT_A_FILE' } })
  })

  it('says that it could not be written when its folder cannot be made', async () => {
    writeFileSync(join(folder, 'logs'), 'a file')
    const appended = await appendMetrics(join(folder, 'logs', 'm.jsonl'), record('a'))
    expect(appended).toMatchObject({ ok: false, error: { message: expect.stringContaining("Couldn't append to") } })
  })
})

describe('readStreamLines', () => {
  async function lines(chunks: readonly string[], maxLineLength = 20) {
    const seen: string[] = []
    await readStreamLines(
      Readable.from(chunks),
      {
        line: (text) => seen.push(text),
        tail: (text) => seen.push(`tail:${text}`),
        tooLong: () => seen.push('too long'),
      },
      { maxLineLength },
    )
    return seen
  }

  it('joins lines over pieces and tells the tail apart', async () => {
    expect(await lines(['a\nb', 'c\n', '\nd'])).toEqual(['a', 'bc', '', 'tail:d'])
  })

  it('passes over a line that is too long, with flat memory, and goes on behind it', async () => {
    expect(await lines(['x'.repeat(15), 'x'.repeat(15), 'x\nok\n'])).toEqual(['too long', 'ok'])
  })

  it('keeps what to do about a fault of the disk, and invents no path', async () => {
    const broken = new Readable({
      read() {
        this.destroy(Object.assign(new Error('EIO'), { code: 'EIO' }))
      },
    })
    const read = await readStreamLines(broken, { line: () => undefined, tail: () => undefined })
    expect(read).toEqual(
      fail('IO', "Couldn't read this file: the disk reports an error.", { hint: expect.any(String) }),
    )
  })

  it('stops when it is cancelled, also before a stream that stays silent', async () => {
    const signal = AbortSignal.abort()
    const sink = { line: () => undefined, tail: () => undefined }
    const silent = new Readable({ read: () => undefined })
    expect(await readStreamLines(silent, sink, { signal })).toMatchObject({ error: { code: 'CANCELLED' } })
    expect(await readStreamLines(Readable.from(['a\n']), sink, { signal })).toMatchObject({
      error: { code: 'CANCELLED' },
    })
  })
})
