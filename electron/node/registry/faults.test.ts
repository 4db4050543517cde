import { describe, expect, it } from 'vitest'
import { errorCodes, ok, type Result } from '#shared/domain/result'
import { type FileSystem } from '../files/file-system'
import { faultyFileSystem } from '../files/testing/faulty-file-system'
import { MemoryFileSystem, type PowerCut } from '../files/testing/memory-file-system'
import { createRegistryService } from './create-registry-service'
import { type ChangeReceipt, type RegistryLocation, type RegistryService } from './registry-service'

/** One change over both layers and the merged file: the hardest to keep whole. */
const layered: RegistryLocation = { path: '/r', mode: 'layered' }
const names = ['/r/model_registry.discovered.json', '/r/model_registry.curated.json', '/r/model_registry.json']

async function disk(): Promise<MemoryFileSystem> {
  const fs = new MemoryFileSystem()
  await fs.makeDirectory('/r')
  fs.put('/r/model_registry.discovered.json', '[\n  {\n    "name": "a",\n    "d": 1\n  }\n]\n')
  fs.put('/r/model_registry.curated.json', '[\n  {\n    "name": "a",\n    "c": 1\n  }\n]\n')
  fs.put('/r/model_registry.json', '[\n  {\n    "name": "a",\n    "d": 1,\n    "c": 1\n  }\n]\n')
  fs.settle()
  return fs
}

const dead = { self: { pid: 1, host: 'test' }, state: () => 'gone' as const }

function service(fs: FileSystem): RegistryService {
  const sleep = async () => undefined
  return createRegistryService({
    location: layered,
    dataDir: '/data',
    now: () => new Date('2026-01-02T03:04:05Z'),
    fs,
    sleep,
    lock: { processes: dead, sleep, waitMs: 0 },
  })
}

function change(registry: RegistryService, value = 2): Promise<Result<ChangeReceipt>> {
  return registry.change({
    description: 'both',
    backup: true,
    plan: () =>
      ok([
        {
          id: 'a',
          edits: [
            { path: ['d'], value },
            { path: ['c'], value },
          ],
        },
      ]),
  })
}

/** Opens the registry as the next program start does, and says which state it is in. */
async function stateOf(fs: FileSystem): Promise<string> {
  const loaded = await service(fs).load()
  if (!loaded.ok) return loaded.error.message
  const value = loaded.value.entries[0]?.value
  return loaded.value.entries.length === 1 ? `d${value?.['d']} c${value?.['c']}` : 'rows lost'
}

const isLong = process.env['HEADROOM_TORTURE'] !== undefined

/** Names lost, contents lost in three ways, and both by halves. */
const cuts: readonly PowerCut[] = [
  { names: 'lost', contents: 'half' },
  { names: 'kept', contents: 'empty' },
  { names: 'kept', contents: 'half' },
  { names: 'kept', contents: 'zeros' },
  { names: 'mixed', contents: 'zeros' },
]

describe('a change that is interrupted', () => {
  it('is there or not there after a crash behind any call, with and without a power cut', async () => {
    let calls = Number.POSITIVE_INFINITY
    const seen = new Set<string>()
    for (let last = 0; last <= calls; last += 1) {
      const fs = await disk()
      const crashing = faultyFileSystem(fs, (call) => (call > last ? 'EIO' : undefined))
      const result = await change(service(crashing))
      if (crashing.calls.length <= last) calls = last
      for (const survivor of [fs, ...cuts.map((cut) => fs.afterPowerCut(cut))]) {
        const state = await stateOf(survivor)
        expect(result.ok ? ['d2 c2'] : ['d1 c1', 'd2 c2'], `after call ${last}`).toContain(state)
        seen.add(state)
        // the next program can go on, and leaves nothing behind
        expect(await change(service(survivor), 3)).toMatchObject({ ok: true })
        expect(await stateOf(survivor)).toBe('d3 c3')
        expect((await survivor.list('/r')).filter((name) => name.endsWith('.tmp'))).toEqual([])
      }
    }
    expect([...seen].sort()).toEqual(['d1 c1', 'd2 c2'])
  }, 120_000)

  const some = ['ENOSPC', 'EIO', 'EPERM', 'short']
  const codes = isLong ? [...some, 'EACCES', 'EBUSY', 'EMFILE', 'EROFS', 'EDQUOT'] : some

  it.each(codes)(
    'is refused with a code or made, when any one call fails with %s',
    async (code) => {
      let isDone = false
      for (let bad = 1; !isDone; bad += 1) {
        const fs = await disk()
        const before = names.map((name) => fs.text(name))
        const faulty = faultyFileSystem(fs, (call) => (call === bad ? code : undefined))
        const result = await change(service(faulty))
        isDone = faulty.calls.length < bad
        if (result.ok) expect(await stateOf(fs)).toBe('d2 c2')
        else {
          expect(errorCodes).toContain(result.error.code)
          expect(
            names.map((name) => fs.text(name)),
            `call ${bad}: ${faulty.calls[bad - 1]}`,
          ).toEqual(before)
          expect(await stateOf(fs)).toBe('d1 c1')
        }
        expect(await change(service(fs), 3)).toMatchObject({ ok: true })
        expect((await fs.list('/r')).filter((name) => name.endsWith('.tmp') || name.endsWith('.lock'))).toEqual([])
      }
    },
    120_000,
  )

  it.each(codes)(
    'is the old or the new state when every call from one on fails with %s',
    async (code) => {
      let isDone = false
      for (let bad = 1; !isDone; bad += 1) {
        const fs = await disk()
        const faulty = faultyFileSystem(fs, (call) => (call >= bad ? code : undefined))
        const result = await change(service(faulty))
        isDone = faulty.calls.length < bad
        expect(result.ok ? ['d2 c2'] : ['d1 c1', 'd2 c2']).toContain(await stateOf(fs))
      }
    },
    120_000,
  )

  it('can be taken back, or not, after a crash behind any call of the undo', async () => {
    let calls = Number.POSITIVE_INFINITY
    for (let last = 0; last <= calls; last += 1) {
      const fs = await disk()
      const before = names.map((name) => fs.text(name))
      await change(service(fs))
      const crashing = faultyFileSystem(fs, (call) => (call > last ? 'EIO' : undefined))
      const result = await service(crashing).undo()
      if (crashing.calls.length <= last) calls = last
      for (const survivor of [fs, ...cuts.map((cut) => fs.afterPowerCut(cut))]) {
        const state = await stateOf(survivor)
        expect(result.ok ? ['d1 c1'] : ['d1 c1', 'd2 c2'], `after call ${last}`).toContain(state)
        const again = await service(survivor).undo()
        expect(again.ok ? undefined : again.error.code).toBe(state === 'd1 c1' ? 'NOTHING_TO_UNDO' : undefined)
        expect(names.map((name) => survivor.text(name))).toEqual(before)
      }
    }
  }, 120_000)
})

describe('the first change of a layered registry, which makes the merged file', () => {
  const bare = async (): Promise<MemoryFileSystem> => {
    const fs = await disk()
    await fs.unlink('/r/model_registry.json')
    fs.settle()
    return fs
  }
  const crashes = { change, undo: (registry: RegistryService) => registry.undo() }

  it.each(['change', 'undo'] as const)(
    'is there or not there after a crash or a fault at any call of the %s, and can be taken back',
    async (kind) => {
      for (const how of ['crash', 'once'] as const) {
        let isDone = false
        for (let bad = 1; !isDone; bad += 1) {
          const fs = await bare()
          const before = names.map((name) => fs.text(name))
          if (kind === 'undo') expect(await change(service(fs))).toMatchObject({ ok: true })
          const isBad = (call: number) => (how === 'crash' ? call >= bad : call === bad)
          const faulty = faultyFileSystem(fs, (call) => (isBad(call) ? 'EIO' : undefined))
          const result = await crashes[kind](service(faulty))
          isDone = faulty.calls.length < bad
          const finished = kind === 'change' ? 'd2 c2' : 'd1 c1'
          for (const survivor of how === 'once' ? [fs] : [fs, ...cuts.map((cut) => fs.afterPowerCut(cut))]) {
            const state = await stateOf(survivor)
            expect(result.ok ? [finished] : ['d1 c1', 'd2 c2'], `${kind} ${how} ${bad}`).toContain(state)
            const undone = await service(survivor).undo()
            expect(undone.ok ? undefined : undone.error.code).toBe(state === 'd1 c1' ? 'NOTHING_TO_UNDO' : undefined)
            const left = names.map((name) => survivor.text(name))
            // a merged file that came and went again may be missing or in step: the layers are what counts
            expect(left.slice(0, 2)).toEqual(before.slice(0, 2))
            if (undone.ok) expect(left[2]).toBeUndefined()
          }
        }
      }
    },
    120_000,
  )
})

describe('the rename', () => {
  it.each(['EPERM', 'EBUSY'])('is tried again when it fails with %s five times', async (code) => {
    const fs = await disk()
    let failures = 0
    const faulty = faultyFileSystem(fs, (_call, operation) =>
      operation === 'rename' && failures++ < 5 ? code : undefined,
    )
    expect(await change(service(faulty))).toMatchObject({ ok: true })
    expect(await stateOf(fs)).toBe('d2 c2')
  })
})

describe('a file that changes while it is being changed', () => {
  const edit = async (fs: MemoryFileSystem, path: string, from: string, to: string) => {
    fs.put(path, (fs.text(path) ?? '').replace(from, to))
  }

  it('is read again and the change applied again', async () => {
    const fs = await disk()
    let isDone = false
    const racing: FileSystem = {
      ...faultyFileSystem(fs, () => undefined),
      open: async (path, how, mode) => {
        if (!isDone && how === 'create' && path.includes('/r/model_registry.discovered.json.')) {
          isDone = true
          await edit(fs, '/r/model_registry.discovered.json', '"d": 1', '"d": 1,\n    "theirs": true')
        }
        return fs.open(path, how, mode)
      },
    }
    expect(await change(service(racing))).toMatchObject({ ok: true })
    expect(JSON.parse(fs.text('/r/model_registry.json') ?? '')).toEqual([{ name: 'a', d: 2, theirs: true, c: 2 }])
  })

  it('is a conflict that names both values when the same value changed', async () => {
    const fs = await disk()
    let isDone = false
    const racing: FileSystem = {
      ...faultyFileSystem(fs, () => undefined),
      open: async (path, how, mode) => {
        if (!isDone && how === 'create' && path.includes('/r/model_registry.curated.json.')) {
          isDone = true
          await edit(fs, '/r/model_registry.curated.json', '"c": 1', '"c": 77')
        }
        return fs.open(path, how, mode)
      },
    }
    const result = await change(service(racing))
    expect(result).toMatchObject({ error: { code: 'CONFLICT', message: expect.stringMatching(/77.*2/) } })
    expect(await stateOf(fs)).toBe('d1 c77')
    expect((await fs.list('/r')).filter((name) => name.includes('.bak.'))).toEqual([])
  })
})

describe('a change that cannot be made', () => {
  it('leaves no backup of an unchanged file behind, whichever call fails for good', async () => {
    const writing = new Set(['open create', 'write', 'sync', 'rename', 'link'])
    const before = await disk()
    let [failing, calls] = [0, 0]
    do {
      failing += 1
      const fs = await disk()
      const from = failing
      const faulty = faultyFileSystem(fs, (call, operation) =>
        call >= from && writing.has(operation) ? 'ENOSPC' : undefined,
      )
      const result = await change(service(faulty))
      calls = faulty.calls.length
      const backups = (await fs.list('/r')).filter((name) => name.includes('.bak.'))
      // the only good copy stays where the file itself could not be put back (the next start does that)
      const needed = names.slice(0, 2).filter((name) => fs.text(name) !== before.text(name))
      expect(backups, `call ${failing}`).toHaveLength(result.ok ? 2 : needed.length)
    } while (failing <= calls)
    expect(failing).toBeGreaterThan(40)
  })
})
