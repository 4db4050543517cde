import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { observeLog } from './observe-log'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const log = [
  'INFO 06-01 10:00:00 [core.py:93] Initializing a V1 LLM engine (v0.13.0) with config: dtype=torch.bfloat16, max_seq_len=8192',
  'INFO 06-01 10:00:01 [x.py:1] Model loading took 7.5 GiB memory and 4.0 seconds ██',
  'INFO 06-01 10:00:02 [x.py:1] GPU KV cache size: 100,000 tokens',
  'INFO 06-01 10:00:03 [x.py:1] vllm cache_config_info with initialization after num_gpu_blocks is: 6250',
  '',
].join('\r\n')
const metrics = { engine_version: '0.13.0', weights_gib: 7.5, kv_cache_tokens: 100_000, kv_num_blocks: 6250 }

const encodings: readonly (readonly [string, Buffer])[] = [
  ['UTF-8', Buffer.from(log)],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${log}`)],
  ['UTF-16 as Windows PowerShell writes it', Buffer.from(`\uFEFF${log}`, 'utf16le')],
  ['UTF-16, big end first', Buffer.from(`\uFEFF${log}`, 'utf16le').swap16()],
  [
    'UTF-8 that UTF-16 was appended to',
    Buffer.concat([Buffer.from(log.slice(0, 127)), Buffer.from(log.slice(127), 'utf16le')]),
  ],
]

describe.each(encodings)('observeLog, %s', (what, bytes) => {
  it.each(['file', 'stream'])('reads a %s', async (kind) => {
    const path = join(folder, 'engine.log')
    writeFileSync(path, bytes)
    const source =
      kind === 'file' ? path : Readable.from([bytes.subarray(0, 101), bytes.subarray(101)]).setEncoding('utf8')
    const signal = new AbortController().signal
    const observed = await observeLog({ log: source, engine: 'vllm', model: 'm', signal })
    expect(observed).toMatchObject({ ok: true, value: { start: { outcome: 'started', metrics } } })
  })

  it('takes nothing from a last line that was cut', async () => {
    const path = join(folder, 'engine.log')
    // Cut inside the last number: 6250 becomes 62.
    const width = what.startsWith('UTF-16') || what.endsWith('appended to') ? 2 : 1
    writeFileSync(path, bytes.subarray(0, bytes.length - 4 * width))
    const signal = new AbortController().signal
    const observed = await observeLog({ log: path, engine: 'vllm', model: 'm', signal })
    expect(observed.ok && observed.value.start.metrics).not.toHaveProperty('kv_num_blocks')
    expect(observed.ok && observed.value.start.metrics).toMatchObject({ kv_cache_tokens: 100_000 })
  })
})

describe('observeLog, a stream that is followed', () => {
  it('tells the start as soon as the engine serves, and leaves the stream to whoever writes it', async () => {
    const stream = new PassThrough({ encoding: 'utf8' })
    stream.write(`${log}INFO:     Application startup complete.\n`)
    const observed = await observeLog({
      log: stream,
      engine: 'vllm',
      model: 'm',
      isFollowing: true,
      signal: new AbortController().signal,
    })
    expect(observed).toMatchObject({ value: { start: { outcome: 'started', metrics } } })
    expect([stream.destroyed, stream.writable]).toEqual([false, true])
    stream.destroy()
  })

  it('ends when it is interrupted in silence', async () => {
    const stream = new PassThrough({ encoding: 'utf8' })
    const stop = new AbortController()
    const observing = observeLog({ log: stream, engine: 'vllm', model: 'm', isFollowing: true, signal: stop.signal })
    stop.abort()
    expect(await observing).toMatchObject({ error: { code: 'CANCELLED' } })
  })
})
