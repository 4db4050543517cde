import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ok } from '#shared/domain/result'
import { createRegistryService } from './create-registry-service'
import { locateRegistry } from './locate-registry'
import { type RegistryChange, type RegistryService } from './registry-service'
import { withBackupView } from './with-backup-view'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-view-'))
  mkdirSync(join(root, 'registry'))
})
afterEach(() => rmSync(root, { recursive: true }))

const fileOf = (name: string) => join(root, 'registry', name)
const put = (name: string, rows: unknown) => writeFileSync(fileOf(name), `${JSON.stringify(rows, null, 2)}\n`)
const CURATED = 'model_registry.curated.json'
const DISCOVERED = 'model_registry.discovered.json'

async function open(): Promise<RegistryService> {
  const location = await locateRegistry(join(root, 'registry'))
  if (!location.ok) throw new Error(location.error.message)
  const now = () => new Date('2026-01-02T03:04:05Z')
  const sleep = async () => undefined
  return withBackupView(createRegistryService({ location: location.value, dataDir: join(root, 'data'), now, sleep }))
}

const setX: RegistryChange = {
  description: 'set x',
  backup: false,
  plan: () => ok([{ id: 'a', edits: [{ path: ['x'], value: 9 }] }]),
}

describe('a registry with a file that cannot be read', () => {
  beforeEach(() => {
    put(DISCOVERED, [{ name: 'a', x: 1 }])
    put('model_registry.discovered.20260101-000000.bak.json', [{ name: 'a', x: 'old' }])
    put('model_registry.discovered.20260102-000000.bak.json', [{ name: 'a', x: 'newest' }])
    put(CURATED, [{ name: 'a', y: 1 }])
    writeFileSync(fileOf(DISCOVERED), '[{"name": "a", ')
  })

  it('shows the newest good backup of that file beside the other layer, and names it', async () => {
    const loaded = await (await open()).load()
    expect(loaded).toMatchObject({
      value: {
        entries: [{ name: 'a', value: { x: 'newest', y: 1 } }],
        readOnly: {
          error: { code: 'BAD_REGISTRY', message: expect.stringContaining('discovered') },
          backups: [{ layer: 'discovered', backup: { name: 'model_registry.discovered.20260102-000000.bak.json' } }],
        },
      },
    })
  })

  it('refuses every change with READ_ONLY and the way out, and touches nothing', async () => {
    const before = readdirSync(join(root, 'registry')).map((name) => [name, readFileSync(fileOf(name), 'utf8')])
    const service = await open()
    const changes = [{ flag: 'max-model-len', value: '1' }]
    const apply = { id: 'a', changes, removeDuplicates: false, dryRun: false }
    for (const refused of [await service.change(setX), await service.undo(), await service.apply(apply)]) {
      const hint = expect.stringContaining('headroom restore model_registry.discovered.20260102-000000.bak.json')
      expect(refused).toMatchObject({ error: { code: 'READ_ONLY', hint } })
    }
    const after = readdirSync(join(root, 'registry')).map((name) => [name, readFileSync(fileOf(name), 'utf8')])
    expect(after).toEqual(before)
  })

  it('uses a backup of each broken file, and has another revision than the backup restored', async () => {
    put('model_registry.curated.20260101-000000.bak.json', [{ name: 'a', y: 'old' }])
    writeFileSync(fileOf(CURATED), '')
    const service = await open()
    const shown = await service.load()
    expect(shown).toMatchObject({ value: { entries: [{ value: { x: 'newest', y: 'old' } }] } })
    await service.restore('model_registry.discovered.20260102-000000.bak.json')
    await service.restore('model_registry.curated.20260101-000000.bak.json')
    const restored = await service.load()
    expect(restored.ok && restored.value.readOnly).toBeUndefined()
    expect(restored.ok && shown.ok && restored.value.revision === shown.value.revision).toBe(false)
    expect(await service.change(setX)).toMatchObject({ ok: true })
  })

  it('is an error as before when one broken file has no good backup', async () => {
    writeFileSync(fileOf(CURATED), '{')
    const service = await open()
    expect(await service.load()).toMatchObject({ error: { code: 'BAD_REGISTRY' } })
    expect(await service.change(setX)).toMatchObject({ error: { code: 'BAD_REGISTRY' } })
  })

  it('is read again once it was repaired by hand', async () => {
    const service = await open()
    await service.load()
    put(DISCOVERED, [{ name: 'a', x: 'repaired' }])
    expect(await service.load()).toMatchObject({ value: { entries: [{ value: { x: 'repaired' } }] } })
    expect(await service.change(setX)).toMatchObject({ ok: true })
  })
})
