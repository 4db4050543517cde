import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HubFault, type HubServer, startHubServer } from '../../../e2e/hub/hub-server'
import { createHubClient } from './client'
import { type TransferOptions, transfer } from './transfer'
import { printState, resumable, type TransferState } from './transfer-state'

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31 + (index >> 8)) & 255))
const commit = 'c'.repeat(40)

let hub: HubServer
let folder: string
let states: TransferState[]

beforeEach(async () => {
  hub = await startHubServer([{ id: 'o/m', commit, files: [{ path: 'w.bin', content, lfs: true }] }])
  folder = await mkdtemp(join(tmpdir(), 'headroom-transfer-'))
  states = []
})
afterEach(async () => {
  await hub.close()
  await rm(folder, { recursive: true, force: true })
})

const part = () => join(folder, 'w.bin.part')
const fresh = (): TransferState => ({
  url: `${hub.url}/o/m/resolve/${commit}/w.bin`,
  commit,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
  done: [],
})

function run(state = fresh(), more: Partial<TransferOptions> = {}) {
  return transfer(part(), state, {
    client: createHubClient({ endpoint: hub.url }),
    signal: new AbortController().signal,
    connections: 3,
    pieceBytes: 40_000,
    stallMs: 300,
    backoffMs: () => 1,
    onState: async (saved) => void states.push(saved),
    ...more,
  })
}

/** The fault for the n-th request of the file, then good behaviour. */
function faultOnce(fault: HubFault, at = 1) {
  hub.fault = ({ count, path }) => (path.endsWith('w.bin') && count === at ? fault : undefined)
}

async function expectWhole() {
  expect(Buffer.compare(await readFile(part()), content)).toBe(0)
  expect(states.at(-1)?.done).toEqual([[0, content.length]])
}

describe('transfer', () => {
  it('brings the whole file in ranges over several connections', async () => {
    expect(await run()).toMatchObject({ ok: true })
    await expectWhole()
    expect(hub.requests.length).toBe(8)
    expect(hub.requests[1]?.headers['if-range']).toMatch(/^"/)
  })

  it.each<[string, HubFault, number]>([
    ['the connection is cut at the first byte', { kind: 'cut', afterBytes: 0 }, 1],
    ['the connection is cut in the middle', { kind: 'cut', afterBytes: 10_000 }, 3],
    ['the server stalls', { kind: 'stall', afterBytes: 5000 }, 2],
    ['the server ignores ranges', { kind: 'ignore-range' }, 1],
    ['the server starts to ignore ranges', { kind: 'ignore-range' }, 3],
    ['the server sends another range', { kind: 'wrong-range' }, 2],
    ['the validator changes', { kind: 'etag', etag: '"other"' }, 3],
    ['the server fails for a moment', { kind: 'status', status: 503 }, 2],
    ['the server asks for a pause', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }, 1],
    ['the answer is compressed', { kind: 'gzip' }, 1],
    ['the first answer has no length', { kind: 'chunked' }, 1],
    ['a later answer has no length', { kind: 'chunked' }, 3],
    ['an answer without a length ends early', { kind: 'chunked', short: 700 }, 2],
    ['the server trickles byte by byte', { kind: 'slow', bytesPerSecond: 20 }, 2],
  ])('ends with every byte when %s', async (_, fault, at) => {
    faultOnce(fault, at)
    expect(await run()).toMatchObject({ ok: true })
    await expectWhole()
  })

  it('works with a server that never honours a range', async () => {
    hub.fault = () => ({ kind: 'ignore-range' })
    expect(await run()).toMatchObject({ ok: true })
    await expectWhole()
    expect(hub.requests).toHaveLength(1)
  })

  it.each<[string, HubFault, string]>([
    ['more bytes than announced', { kind: 'extra', bytes: 10 }, 'CHANGED_WHILE_READING'],
    ['another size', { kind: 'content', content: content.subarray(0, 1000) }, 'CHANGED_WHILE_READING'],
    ['a gated file', { kind: 'status', status: 403 }, 'GATED'],
    ['no permission', { kind: 'status', status: 401 }, 'UNAUTHORIZED'],
    ['nothing there', { kind: 'status', status: 404 }, 'NOT_FOUND'],
    ['a file that became shorter', { kind: 'status', status: 416 }, 'CHANGED_WHILE_READING'],
    ['a foreign host', { kind: 'redirect', to: 'https://elsewhere.invalid/x' }, 'NOT_ALLOWED_HOST'],
    ['a fall back to http', { kind: 'redirect', to: 'http://huggingface.co/x' }, 'NOT_ALLOWED_HOST'],
  ])('refuses %s at once with its own code', async (_, fault, code) => {
    hub.fault = () => fault
    expect(await run()).toMatchObject({ ok: false, error: { code, hint: expect.any(String) } })
    expect(hub.requests.length).toBe(1)
  })

  it('notes now and then what has arrived, however little it is', async () => {
    expect(await run(fresh(), { connections: 1, saveEveryMs: 0 })).toMatchObject({ ok: true })
    expect(states.length).toBeGreaterThanOrEqual(2)
    const bytes = states.map(({ done }) => done.reduce((sum, [start, end]) => sum + end - start, 0))
    expect(bytes).toEqual(bytes.toSorted((left, right) => left - right))
    expect(bytes[0]).toBeLessThan(content.length)
  })

  it('follows a circle of redirects only a few times, and says what it is', async () => {
    hub.fault = ({ path }) => ({ kind: 'redirect', to: `${hub.url}${path}` })
    expect(await run(fresh(), { maxFailures: 1 })).toMatchObject({
      ok: false,
      error: { code: 'NETWORK', message: expect.stringContaining('circle') },
    })
    expect(hub.requests.length).toBeLessThan(20)
  })

  it('gives up after failures without any progress', async () => {
    hub.fault = () => ({ kind: 'status', status: 500 })
    expect(await run(fresh(), { maxFailures: 3 })).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } })
    expect(hub.requests).toHaveLength(4)
  })

  it('stops when asked and goes on later from what is on the disk', async () => {
    const stop = new AbortController()
    const first = await run(fresh(), {
      signal: stop.signal,
      connections: 1,
      onBytes: (bytes) => bytes > 100_000 && stop.abort(),
    })
    expect(first).toMatchObject({ ok: false, error: { code: 'CANCELLED' } })
    const saved = states.at(-1)
    if (saved === undefined) throw new Error('nothing was saved')
    hub.requests.length = 0
    const { done: _done, etag: _etag, ...wanted } = fresh()
    const state = resumable(printState(saved), wanted)
    if (state === undefined) throw new Error('the state was not believed')
    expect(await run(state)).toMatchObject({ ok: true })
    await expectWhole()
    expect(hub.requests[0]?.range).not.toMatch(/^bytes=0-/)
  })

  it('believes no state of another commit, size or hash, and no cut one', () => {
    const { done: _done, ...wanted } = fresh()
    const text = printState({ ...fresh(), etag: '"x"', done: [[0, 10]] })
    expect(resumable(text, wanted)?.done).toEqual([[0, 10]])
    expect(resumable(text, { ...wanted, commit: 'd'.repeat(40) })).toBeUndefined()
    expect(resumable(text, { ...wanted, bytes: 5 })).toBeUndefined()
    expect(resumable(text, { ...wanted, sha256: 'e'.repeat(64) })).toBeUndefined()
    expect(resumable(text.slice(0, -5), wanted)).toBeUndefined()
  })

  it('never sends the token to another host', async () => {
    const other = await startHubServer([])
    const seen: string[] = []
    const spy: typeof fetch = async (input, init) => {
      const headers = new Headers(init?.headers)
      seen.push(`${new URL(String(input)).host} ${headers.get('authorization') ?? 'none'}`)
      const target = String(input)
      return target.startsWith(hub.url) ? fetch(input, init) : new Response('x', { status: 404 })
    }
    hub.fault = () => ({ kind: 'redirect', to: 'https://cdn.hf.co/blob' })
    const client = createHubClient({ endpoint: hub.url, token: 'canary', fetch: spy })
    await run(fresh(), { client })
    await other.close()
    expect(seen).toEqual([`${new URL(hub.url).host} Bearer canary`, 'cdn.hf.co none'])
  })
})
