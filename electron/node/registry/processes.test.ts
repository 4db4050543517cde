import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRegistryService } from './create-registry-service'
import { layerFileNames, locateRegistry } from './locate-registry'

/** Real processes on a real disk. `npm run torture` runs the long variants. */
const isLong = process.env['HEADROOM_TORTURE'] !== undefined
const writers = isLong ? 8 : 4
const increments = isLong ? 100 : 8
const kills = isLong ? 150 : 8

let program = ''
let root = ''
const folder = () => join(root, 'registry')
const read = (name: string) => JSON.parse(readFileSync(join(folder(), name), 'utf8'))

beforeAll(async () => {
  program = mkdtempSync(join(tmpdir(), 'headroom-writer-'))
  await build({
    root: join(import.meta.dirname, '../../..'),
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      outDir: program,
      emptyOutDir: true,
      rolldownOptions: {
        input: { writer: join(import.meta.dirname, 'testing/writer-process.ts') },
        output: { entryFileNames: '[name].mjs' },
      },
    },
    ssr: { noExternal: true },
  })
}, 120_000)
afterAll(() => rmSync(program, { recursive: true }))
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-processes-'))
  mkdirSync(folder())
  const rows = `[\n  {\n    "name": "a",\n    "counter": 0,\n    "note": "${'x'.repeat(20_000)}"\n  }\n]\n`
  for (const name of Object.values(layerFileNames))
    writeFileSync(
      join(folder(), name),
      rows.replace(/,\n {4}"counter": 0/, name === layerFileNames.curated ? '' : '$&'),
    )
})
afterEach(() => rmSync(root, { recursive: true }))

function start(times: number, key = 'counter'): ChildProcess {
  const args = [join(program, 'writer.mjs'), folder(), join(root, 'data'), String(times), key]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

function ended(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, errors })))
}

describe('several processes', () => {
  it(`add up exactly: ${writers} writers, ${increments} increments each`, async () => {
    const results = await Promise.all(Array.from({ length: writers }, () => ended(start(increments))))
    expect(results).toEqual(Array.from({ length: writers }, () => ({ code: 0, errors: '' })))
    expect(read(layerFileNames.discovered)[0].counter).toBe(writers * increments)
    expect(read(layerFileNames.snapshot)[0].counter).toBe(writers * increments)
  }, 300_000)

  it('both survive when they write different values', async () => {
    await Promise.all([ended(start(increments, 'left')), ended(start(increments, 'right'))])
    expect(read(layerFileNames.snapshot)[0]).toMatchObject({ left: increments, right: increments })
  }, 120_000)
})

describe('a writer that is killed', () => {
  it(`never leaves a third state and loses nothing acknowledged (${kills} kills)`, async () => {
    let acknowledged = 0
    for (let round = 0; round < kills; round += 1) {
      const child = start(1000)
      const end = ended(child)
      let answers = 0
      child.stdout?.on('data', (chunk: Buffer) => {
        const lines = chunk.toString().trim().split('\n')
        acknowledged = Math.max(acknowledged, Number(lines.at(-1)))
        answers += lines.length
        // a different moment of the next change each time; which one does not matter for what is asserted
        if (answers > round % 3) setTimeout(() => child.kill('SIGKILL'), (round * 7) % 23)
      })
      await end
      const location = await locateRegistry(folder())
      if (!location.ok) throw new Error(location.error.message)
      const registry = createRegistryService({
        location: location.value,
        dataDir: join(root, 'data'),
        now: () => new Date(),
      })
      const loaded = await registry.load()
      const counter = loaded.ok ? Number(loaded.value.entries[0]?.value['counter']) : loaded.error.message
      expect([acknowledged, acknowledged + 1]).toContain(counter)
      acknowledged = Number(counter)
      const undone = await registry.undo()
      expect(undone).toMatchObject({ ok: true })
      acknowledged -= 1
      expect(read(layerFileNames.snapshot)[0].counter).toBe(acknowledged)
    }
    expect(readdirSync(folder()).sort()).toEqual(Object.values(layerFileNames).sort())
  }, 600_000)
})
