import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ok } from '#shared/domain/result'
import { type DocumentFormat } from '#shared/domain/upgrade-document'
import { faultyFileSystem } from '../files/testing/faulty-file-system'
import { MemoryFileSystem } from '../files/testing/memory-file-system'
import { openJournal } from '../registry/journal'
import { createSettingsStore } from './settings-store'

/** Files of ours in an older schema. There is none yet, so the versions here are of this test. */
let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'headroom-upgrade-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const throwing = () => {
  throw new Error('half-way')
}

describe('settings of an older schema', () => {
  const second: DocumentFormat = {
    schema: 2,
    steps: [({ colour, ...rest }) => ok({ ...rest, theme: colour ?? 'system' })],
  }
  const third: DocumentFormat = { schema: 3, steps: [...second.steps, (all) => ok({ ...all, last_page: 'models' })] }
  const path = () => join(dataDir, 'settings.json')
  const first = '{"schema": 1, "colour": "dark", "foreign": {"kept": true}}'

  it.each<[string, string]>([
    ['the first', first],
    ['one that does not say its schema', first.replace('"schema": 1, ', '')],
    ['the second', '{"schema": 2, "theme": "dark", "foreign": {"kept": true}}'],
  ])('%s is read without being written, kept before the first write, and then stays', async (_what, text) => {
    writeFileSync(path(), text)
    const store = createSettingsStore({ dataDir }, third)
    expect(await store.read()).toMatchObject({ value: { theme: 'dark', last_page: 'models' } })
    expect(readdirSync(dataDir)).toEqual(['settings.json'])
    expect(await store.update({ contrast: 'more' })).toMatchObject({ value: { theme: 'dark', contrast: 'more' } })
    const written = readFileSync(path(), 'utf8')
    expect(JSON.parse(written)).toMatchObject({ schema: 3, theme: 'dark', foreign: { kept: true } })
    const [backup = ''] = readdirSync(dataDir).filter((name) => name.endsWith('.bak'))
    expect(readFileSync(join(dataDir, backup), 'utf8')).toBe(text)
    await createSettingsStore({ dataDir }, third).update({ contrast: 'more' })
    expect(readFileSync(path(), 'utf8')).toBe(written)
    expect(readdirSync(dataDir).filter((name) => name.endsWith('.bak'))).toHaveLength(1)
  })

  it('that cannot be brought up stay as they are, are used as far as they go, and say so', async () => {
    writeFileSync(path(), first)
    const store = createSettingsStore({ dataDir }, { schema: 3, steps: [...second.steps, throwing] })
    expect(await store.read()).toMatchObject({ value: { theme: 'system' } })
    expect(store.notices().join()).toContain('half-way')
    expect(await store.update({ theme: 'light' })).toMatchObject({ error: { code: 'BAD_VALUE' } })
    expect(readdirSync(dataDir).map((name) => [name, readFileSync(join(dataDir, name), 'utf8')])).toEqual([
      ['settings.json', first],
    ])
  })
})

describe('a journal of an older schema', () => {
  const format: DocumentFormat = { schema: 2, steps: [({ made, ...rest }) => ok({ ...rest, backups: made ?? [] })] }
  const old = '{"schema":1,"registry":"/r","sequence":4,"items":[],"made":["x.bak.json"]}\n'

  async function disk(): Promise<MemoryFileSystem> {
    const fs = new MemoryFileSystem()
    await fs.makeDirectory('/j')
    fs.put('/j/journal.json', old)
    return fs
  }

  it('is brought up in memory, and kept beside before the first write', async () => {
    const fs = await disk()
    const journal = openJournal({ folder: '/j', registry: '/r', fs, format })
    const data = await journal.read()
    expect(data).toMatchObject({ value: { schema: 2, sequence: 4, backups: ['x.bak.json'] } })
    expect(await fs.list('/j')).toEqual(['journal.json'])
    if (data.ok) expect(await journal.write(data.value)).toEqual({ ok: true, value: undefined })
    const kept = (await fs.list('/j')).find((name) => name.endsWith('.bak')) ?? ''
    expect(fs.text(`/j/${kept}`)).toBe(old)
    expect(JSON.parse(fs.text('/j/journal.json') ?? '')).toMatchObject({ schema: 2, backups: ['x.bak.json'] })
    expect(await openJournal({ folder: '/j', registry: '/r', fs, format }).read()).toMatchObject({
      value: { sequence: 4 },
    })
  })

  it('stays as it is when a step fails or the copy cannot be made', async () => {
    const fs = await disk()
    const failing = { schema: 2, steps: [throwing] }
    expect(await openJournal({ folder: '/j', registry: '/r', fs, format: failing }).read()).toMatchObject({
      error: { code: 'BAD_VALUE', message: expect.stringContaining('half-way') },
    })
    const full = faultyFileSystem(fs, (_call, operation) => (operation === 'open create' ? 'ENOSPC' : undefined))
    const journal = openJournal({ folder: '/j', registry: '/r', fs: full, format })
    const data = await journal.read()
    expect(data.ok && (await journal.write(data.value))).toMatchObject({ error: { code: 'DISK_FULL' } })
    expect(fs.text('/j/journal.json')).toBe(old)
  })
})
