import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSettingsStore } from './settings-store'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'headroom-settings-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const path = () => join(dataDir, 'settings.json')
const read = () => JSON.parse(readFileSync(path(), 'utf8'))
const defaults = { theme: 'system', contrast: 'system', manual_gpus: [] }

describe('createSettingsStore', () => {
  it('starts with defaults and writes nothing by reading', async () => {
    const store = createSettingsStore({ dataDir: join(dataDir, 'not', 'yet') })
    expect(await store.read()).toEqual({ ok: true, value: defaults })
    expect(readdirSync(dataDir)).toEqual([])
    expect(store.notices()).toEqual([])
  })

  it('makes its folder, keeps what it is told, and takes a value out again', async () => {
    const store = createSettingsStore({ dataDir: join(dataDir, 'sub') })
    await store.update({ theme: 'dark', registry_path: '/models' })
    expect(await store.read()).toMatchObject({ value: { theme: 'dark', registry_path: '/models' } })
    await store.update({ registry_path: undefined })
    const text = readFileSync(join(dataDir, 'sub', 'settings.json'), 'utf8')
    expect(JSON.parse(text)).toEqual({ schema: 1, ...defaults, theme: 'dark' })
  })

  it('loses no update when several are made at once', async () => {
    const store = createSettingsStore({ dataDir })
    await Promise.all([
      store.update({ theme: 'light' }),
      store.update({ last_page: 'models' }),
      store.update({ last_gpu: 'x' }),
    ])
    expect(read()).toMatchObject({ theme: 'light', last_page: 'models', last_gpu: 'x' })
  })

  it.each([
    ['nothing', ''],
    ['half a file', '{"theme": "da'],
    ['NUL characters', '\0\0\0\0'],
    ['a list', '[1, 2]'],
  ])('uses defaults for %s, keeps the bad file once, and says so', async (_what, text) => {
    writeFileSync(path(), text)
    const store = createSettingsStore({ dataDir })
    expect(await store.read()).toEqual({ ok: true, value: defaults })
    await store.read()
    const copies = readdirSync(dataDir).filter((name) => name.includes('.corrupt-'))
    expect(copies).toHaveLength(1)
    expect(readFileSync(join(dataDir, copies[0] ?? ''), 'utf8')).toBe(text)
    expect(readFileSync(path(), 'utf8')).toBe(text)
    expect(store.notices().join()).toContain(copies[0])
    await store.update({ theme: 'dark' })
    expect(read()).toMatchObject({ theme: 'dark' })
  })

  it('drops a value that cannot be used and keeps the others, unknown keys included', async () => {
    const manual_gpus = [{ name: 'Mine', total_bytes: 1000 }]
    writeFileSync(path(), JSON.stringify({ schema: 1, theme: 'purple', manual_gpus, from_another_version: { a: 1 } }))
    const store = createSettingsStore({ dataDir })
    expect(await store.read()).toEqual({ ok: true, value: { ...defaults, manual_gpus } })
    expect(store.notices().join()).toContain('theme')
    await store.update({ contrast: 'more' })
    expect(read()).toMatchObject({ from_another_version: { a: 1 }, manual_gpus, contrast: 'more' })
  })

  it('reads the file of a newer program and never writes it', async () => {
    const text = JSON.stringify({ schema: 99, theme: 'dark', new_thing: true })
    writeFileSync(path(), text)
    const store = createSettingsStore({ dataDir })
    expect(await store.read()).toMatchObject({ ok: true, value: { theme: 'dark' } })
    expect(await store.update({ theme: 'light' })).toMatchObject({ ok: false, error: { code: 'NEWER_SCHEMA' } })
    expect(readFileSync(path(), 'utf8')).toBe(text)
  })

  it('stays usable when the data folder is a file; only saving is refused', async () => {
    writeFileSync(join(dataDir, 'file'), '')
    const store = createSettingsStore({ dataDir: join(dataDir, 'file') })
    expect(await store.read()).toEqual({ ok: true, value: defaults })
    expect((await store.update({ theme: 'dark' })).ok).toBe(false)
  })
})
