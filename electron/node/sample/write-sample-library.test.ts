import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { locateRegistry } from '../registry/locate-registry'
import { sampleRegistryPath, writeSampleLibrary } from './write-sample-library'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'headroom-sample-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

describe('writeSampleLibrary', () => {
  it('writes a layered registry for this user only', async () => {
    expect(await writeSampleLibrary({ dataDir })).toEqual({ ok: true, value: sampleRegistryPath({ dataDir }) })
    expect(await locateRegistry(sampleRegistryPath({ dataDir }))).toMatchObject({ value: { mode: 'layered' } })
    const { mode } = statSync(join(sampleRegistryPath({ dataDir }), 'model_registry.json'))
    if (process.platform !== 'win32') expect(mode & 0o077).toBe(0)
  })

  it('never writes over what the user has made of it', async () => {
    await writeSampleLibrary({ dataDir })
    const file = join(sampleRegistryPath({ dataDir }), 'model_registry.curated.json')
    writeFileSync(file, '[{"name": "mine"}]\n')
    rmSync(join(dataDir, 'sample-library', 'logs'), { recursive: true })
    expect((await writeSampleLibrary({ dataDir })).ok).toBe(true)
    expect(readFileSync(file, 'utf8')).toBe('[{"name": "mine"}]\n')
    expect(statSync(join(dataDir, 'sample-library', 'logs', 'model_loader_metrics.jsonl')).size).toBeGreaterThan(0)
  })

  it('says what is wrong when the data folder is a file', async () => {
    writeFileSync(join(dataDir, 'file'), '')
    expect((await writeSampleLibrary({ dataDir: join(dataDir, 'file') })).ok).toBe(false)
  })
})
