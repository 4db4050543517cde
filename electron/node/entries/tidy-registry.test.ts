import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRegistryService } from '../registry/create-registry-service'
import { locateRegistry } from '../registry/locate-registry'
import { type RegistryService } from '../registry/registry-service'
import { repairKeptCopy } from './repair-kept-copy'
import { type TidyRequest, tidyRegistry } from './tidy-registry'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-tidy-'))
  mkdirSync(join(root, 'registry'))
})
afterEach(() => rmSync(root, { recursive: true }))

const DISCOVERED = 'model_registry.discovered.json'
const MERGED = 'model_registry.json'
const fileOf = (name: string) => join(root, 'registry', name)
const put = (name: string, text: string) => writeFileSync(fileOf(name), text)
const text = (name: string) => readFileSync(fileOf(name), 'utf8')
const pretty = (rows: unknown) => `${JSON.stringify(rows, null, 2)}\n`
const bytes = () =>
  readdirSync(join(root, 'registry'))
    .sort()
    .map((name) => [name, text(name)])
const dataDir = () => join(root, 'data')

async function open(path = join(root, 'registry')): Promise<RegistryService> {
  const location = await locateRegistry(path)
  if (!location.ok) throw new Error(location.error.message)
  const now = () => new Date('2026-01-02T03:04:05Z')
  return createRegistryService({ location: location.value, dataDir: dataDir(), now, sleep: async () => undefined })
}

const all: TidyRequest = { dryRun: false, adopt: true, removeCopies: true, keep: [] }

describe('tidyRegistry', () => {
  beforeEach(() => {
    put(
      DISCOVERED,
      pretty([{ name: 'a' }, { name: 'twin', x: 1 }, { name: 'twin', x: 1 }, { name: 'b', x: 1 }, { name: 'b', x: 2 }]),
    )
    put(MERGED, '[\n  { "name": "orphan",  "size": 1.50 }\n]\n')
  })

  it('says what it would do and changes nothing in a dry run', async () => {
    const before = bytes()
    expect(await tidyRegistry(await open(), { ...all, dryRun: true })).toEqual({
      ok: true,
      value: {
        adopted: ['orphan'],
        dropped: ['twin#2'],
        undecided: [
          {
            name: 'b',
            rows: [
              { id: 'b', rows: [{ layer: 'discovered', index: 3 }], differs: [] },
              { id: 'b#2', rows: [{ layer: 'discovered', index: 4 }], differs: ['x'] },
            ],
          },
        ],
      },
    })
    expect(bytes()).toEqual(before)
  })

  it('takes orphans over as they are written and copies out, and undo gives back every byte', async () => {
    const before = bytes()
    const registry = await open()
    const done = await tidyRegistry(registry, all)
    expect(done).toMatchObject({ value: { adopted: ['orphan'], dropped: ['twin#2'], backup: expect.any(String) } })
    expect(text(DISCOVERED)).toContain('{ "name": "orphan",  "size": 1.50 }')
    const now = await registry.load()
    expect(now.ok && now.value.entries.map(({ id }) => id)).toEqual(['a', 'twin', 'b', 'b#2', 'orphan'])
    expect(await registry.undo()).toMatchObject({ ok: true })
    expect(bytes().filter(([name]) => !String(name).includes('.bak.'))).toEqual(before)
  })

  it('keeps the row that a person chose among differing ones', async () => {
    const registry = await open()
    expect(await tidyRegistry(registry, { ...all, adopt: false, removeCopies: false, keep: ['b#2'] })).toMatchObject({
      value: { dropped: ['b'], undecided: [] },
    })
    const now = await registry.load()
    expect(now.ok && now.value.entries.filter(({ name }) => name === 'b').map(({ value }) => value['x'])).toEqual([2])
    expect(await tidyRegistry(registry, { ...all, keep: ['a'] })).toMatchObject({ error: { code: 'UNKNOWN_MODEL' } })
  })

  it('knows a copy beside a row that curated overlays', async () => {
    put(
      DISCOVERED,
      pretty([
        { name: 'a', x: 1 },
        { name: 'a', x: 1 },
      ]),
    )
    put('model_registry.curated.json', pretty([{ name: 'a', y: 1 }]))
    expect(await tidyRegistry(await open(), all)).toMatchObject({ value: { dropped: ['a#2'], undecided: [] } })
    expect(JSON.parse(text(DISCOVERED)).map((row: { name: string }) => row.name)).toEqual(['a', 'orphan'])
    expect(JSON.parse(text('model_registry.curated.json'))).toEqual([{ name: 'a', y: 1 }])
  })

  it('finds nothing to do the second time, and no orphans in a single file', async () => {
    const registry = await open()
    await tidyRegistry(registry, { ...all, keep: ['b'] })
    const before = bytes()
    expect(await tidyRegistry(registry, all)).toMatchObject({ value: { adopted: [], dropped: [], undecided: [] } })
    expect(bytes()).toEqual(before)
    put('one.json', pretty([{ name: 'x' }, { name: 'x' }]))
    const single = await open(fileOf('one.json'))
    expect(await tidyRegistry(single, all)).toMatchObject({ value: { adopted: [], dropped: ['x#2'] } })
    expect(JSON.parse(text('one.json'))).toEqual([{ name: 'x' }])
  })
})

describe('backUp', () => {
  it('copies the layers now, also a broken one, and the copies are rotated like others', async () => {
    put(DISCOVERED, pretty([{ name: 'a' }]))
    put('model_registry.curated.json', '[{')
    const registry = await open()
    const made = await registry.backUp()
    expect(made.ok && made.value.map(({ file }) => file).sort()).toEqual(['model_registry.curated.json', DISCOVERED])
    for (let more = 0; more < 5; more += 1) await registry.backUp()
    const left = await registry.backups()
    expect(left.ok && left.value.filter(({ file }) => file === DISCOVERED)).toHaveLength(3)
  })
})

describe('backUp that fails half-way', () => {
  it.each([
    [DISCOVERED, 'model_registry.curated.json'],
    ['model_registry.curated.json', DISCOVERED],
  ])('leaves no copy of %s behind that nobody would take away', async (good, bad) => {
    put(good, pretty([{ name: 'a' }]))
    mkdirSync(fileOf(bad))
    const registry = await open()
    expect(await registry.backUp()).toMatchObject({ ok: false, error: { code: 'NOT_A_FILE' } })
    expect(readdirSync(join(root, 'registry')).sort()).toEqual([good, bad].sort())
  })
})

describe('repairKeptCopy', () => {
  const good = pretty([{ name: 'a' }, { name: 'b', x: 1 }, { name: 'c' }])

  it('puts every whole entry of a broken file back, after a look, and can be taken back', async () => {
    put('one.json', good.slice(0, good.indexOf('"c"')))
    const broken = text('one.json')
    const registry = await open(fileOf('one.json'))
    await registry.load()
    const [name = ''] = readdirSync(dataDir(), { recursive: true })
      .map((path) => basename(String(path)))
      .filter((one) => one.includes('.corrupt-'))
    const look = await repairKeptCopy(registry, dataDir(), { name, dryRun: true })
    expect(look).toMatchObject({ value: { file: 'one.json', entries: 2, lost: [{ line: 9 }] } })
    expect(text('one.json')).toBe(broken)
    const done = await repairKeptCopy(registry, dataDir(), { name, dryRun: false })
    expect(done).toMatchObject({ value: { backup: expect.stringContaining('.bak.json') } })
    expect(JSON.parse(text('one.json'))).toEqual([{ name: 'a' }, { name: 'b', x: 1 }])
    expect(await registry.undo()).toMatchObject({ value: { description: expect.stringContaining('repair one.json') } })
    expect(text('one.json')).toBe(broken)
  })

  it.each(['one.json', '../one.json.corrupt-0123456789abcdef', 'other.json.corrupt-0123456789abcdef'])(
    'knows no copy called %s',
    async (name) => {
      put('one.json', good)
      const registry = await open(fileOf('one.json'))
      expect(await repairKeptCopy(registry, dataDir(), { name, dryRun: false })).toMatchObject({
        error: { code: 'NOT_FOUND' },
      })
    },
  )
})
