import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fail, ok, type Result } from '#shared/domain/result'
import { grantDroppedChannel } from '#shared/ipc/channels'
import { contract } from '#shared/ipc/contract'
import { grantDroppedCall } from '#shared/ipc/preload-call'
import { createDispatcher, type Dispatcher, type Endpoint, refusal } from './dispatch'
import { createLaneKeeper } from './lanes'
import { type CallEvent } from './sender'

const origin = 'app://window'
const knownId = 7
const endpoints: Record<string, { input: Endpoint['input']; output: Endpoint['output'] }> = {
  ...contract,
  [grantDroppedChannel]: grantDroppedCall,
}
const channels = Object.keys(endpoints)

interface Bench {
  readonly call: Dispatcher
  readonly logged: string[]
  readonly handled: unknown[]
}

function bench(channel: string, handle: (input: unknown) => Promise<Result<unknown>> = async () => ok({})): Bench {
  const logged: string[] = []
  const handled: unknown[] = []
  const schemas = endpoints[channel]
  if (schemas === undefined) throw new Error(`no such channel: ${channel}`)
  const endpoint: Endpoint = {
    ...schemas,
    handle: (input: unknown) => {
      handled.push(input)
      return handle(input)
    },
  }
  const call = createDispatcher(channel, endpoint, {
    policy: { origin, isKnownWindow: (id) => id === knownId },
    lanes: createLaneKeeper(),
    log: (message) => logged.push(message),
  })
  return { call, logged, handled }
}

function sender(
  change: Partial<{ id: number; url: string; parent: unknown; destroyed: boolean; frame: null }> = {},
): CallEvent {
  const frame = { url: change.url ?? `${origin}/index.html`, parent: change.parent ?? null }
  return {
    sender: { id: change.id ?? knownId, isDestroyed: () => change.destroyed ?? false },
    senderFrame: change.frame === null ? null : frame,
  }
}

describe('a wrong sender', () => {
  const wrong: readonly (readonly [string, CallEvent])[] = [
    ['a frame inside the page', sender({ parent: {} })],
    ['a frame that is gone', sender({ frame: null })],
    ['about:blank', sender({ url: 'about:blank' })],
    ['an empty address', sender({ url: '' })],
    ['a data: page', sender({ url: 'data:text/html,app://window/' })],
    ['a look-alike host', sender({ url: 'app://window.evil/index.html' })],
    ['a host in the credentials', sender({ url: 'app://window@evil/index.html' })],
    ['another scheme', sender({ url: 'https://window/index.html' })],
    ['an address that only starts alike', sender({ url: 'app://windowed/' })],
    ['a file', sender({ url: 'file:///index.html' })],
    ['a destroyed window', sender({ destroyed: true })],
    ['an unknown window', sender({ id: 8 })],
  ]
  it.each(wrong)(
    '%s is rejected with the one fixed message on every channel, and logged once',
    async (_name, event) => {
      for (const channel of channels) {
        const { call, handled, logged } = bench(channel)
        await expect(call(event, {})).rejects.toThrow(new Error(refusal))
        expect(handled).toEqual([])
        expect(logged).toHaveLength(1)
      }
    },
  )
})

describe('malformed input from our own page', () => {
  it.each(channels)('%s answers BAD_REQUEST and runs nothing', async (channel) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.anything({ maxDepth: 4 }), { maxLength: 3 }), async (args) => {
        const { call, handled, logged } = bench(channel)
        const fits = args.length === 1 && endpoints[channel]?.input.safeParse(args[0]).success === true
        const reply = await call(sender(), ...args)
        if (fits) return
        expect(handled).toEqual([])
        expect(reply).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } })
        expect(logged).toHaveLength(1)
      }),
      { numRuns: 60 },
    )
  })

  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), {})
  const huge = { text: 'x'.repeat(9_000_000) }
  it.each([
    ['cyclic', cyclic],
    ['deep', deep],
    ['huge', huge],
    ['wide', Array.from({ length: 300_000 }, () => 0)],
    ['full of holes', { id: 'x', changes: new Array(4_000_000_000) }],
    ['binary', new Uint8Array(8)],
    ['prototype key', JSON.parse('{"__proto__":{"x":1}}')],
    ['nothing', undefined],
  ])('%s values end in BAD_REQUEST', async (_name, value) => {
    for (const channel of ['clipboard:write', 'models:apply', 'app:info']) {
      const { call, handled } = bench(channel)
      expect(await call(sender(), value)).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } })
      expect(handled).toEqual([])
    }
  })
})

describe('a proper call', () => {
  it('hands the decoded input on and returns the value', async () => {
    const { call, handled } = bench('clipboard:write')
    expect(await call(sender(), { text: 'abc' })).toEqual({ ok: true, value: {} })
    expect(handled).toEqual([{ text: 'abc' }])
  })

  it('passes an expected failure on as it is', async () => {
    const { call } = bench('clipboard:write', async () =>
      fail('DISK_FULL', 'The disk is full.', { hint: 'Free 2 MB.' }),
    )
    expect(await call(sender(), { text: '' })).toEqual(fail('DISK_FULL', 'The disk is full.', { hint: 'Free 2 MB.' }))
  })

  it('turns a bug into INTERNAL, with the details in the log and not in the page', async () => {
    const { call, logged } = bench('clipboard:write', async () => {
      throw new Error('secret detail')
    })
    const reply = await call(sender(), { text: '' })
    expect(reply).toMatchObject({ ok: false, error: { code: 'INTERNAL' } })
    expect(JSON.stringify(reply)).not.toContain('secret')
    expect(logged.join()).toContain('secret detail')
  })

  it('refuses to send an answer that breaks the contract', async () => {
    const { call, logged } = bench('models:raw', async () => ok({ text: 5 }))
    expect(await call(sender(), { id: 'x' })).toMatchObject({ ok: false, error: { code: 'INTERNAL' } })
    expect(logged).toHaveLength(1)
  })
})

describe('a flood', () => {
  it('runs a bounded number at once, answers everything, and lets a cancel through', async () => {
    let running = 0
    let most = 0
    const release: (() => void)[] = []
    const lanes = createLaneKeeper()
    const make = (channel: 'models:raw' | 'jobs:cancel', handle: () => Promise<Result<unknown>>): Dispatcher =>
      createDispatcher(
        channel,
        { ...contract[channel], handle },
        { policy: { origin, isKnownWindow: () => true }, lanes, log: () => {} },
      )
    const read = make('models:raw', async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => release.push(resolve))
      running -= 1
      return ok({ text: '' })
    })
    const cancel = make('jobs:cancel', async () => ok({ cancelled: true }))
    const replies = Array.from({ length: 1000 }, () => read(sender(), { id: 'x' }))
    expect(await cancel(sender(), { job: 'j' })).toMatchObject({ ok: true })
    const answered = Promise.all(replies)
    let isDone = false
    void answered.then(() => {
      isDone = true
    })
    while (!isDone) {
      release.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const codes = (await answered).map((reply) => (reply.ok ? 'ok' : reply.error.code))
    expect(most).toBeLessThanOrEqual(6)
    expect(codes.filter((code) => code === 'ok').length).toBe(506)
    expect(codes.filter((code) => code === 'BUSY').length).toBe(494)
  })
})
