import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServices } from '../node/services'
import { runCli } from './program'

/** The older command line's housekeeping: nothing happens without --yes, and what happens can be taken back. */
let box: string
let registry: string
const file = (name: string) => join(registry, name)
const discovered = () => readFileSync(file('model_registry.discovered.json'), 'utf8')

beforeEach(() => {
  box = mkdtempSync(join(tmpdir(), 'headroom-housekeeping-'))
  registry = join(box, 'registry')
  mkdirSync(registry)
  writeFileSync(file('model_registry.curated.json'), '[]\n')
  const entries = [
    entry('one', { download_format: 'fp16', download_files: ['model.safetensors', 'config.json', '../outside'] }),
    entry('two', { download_format: 'AWQ', download_files: ['model.safetensors'] }),
    entry('three', { download_format: 'gguf', quantization: 'Q4_K_M', backend: 'gguf' }),
    entry('shared', { download_path: join(box, 'models', 'one'), download_files: ['config.json'] }),
    { name: 'far', backend: 'ollama', download_path: 'ollama://far', download_format: 'strange' },
  ]
  writeFileSync(file('model_registry.discovered.json'), `${JSON.stringify(entries, null, 2)}\n`)
  writeFileSync(join(box, 'models', 'outside'), 'not ours')
})
afterEach(() => rmSync(box, { recursive: true, force: true }))

function entry(name: string, more: Record<string, unknown>): Record<string, unknown> {
  const folder = join(box, 'models', name)
  mkdirSync(folder, { recursive: true })
  for (const path of ['model.safetensors', 'config.json']) writeFileSync(join(folder, path), `${name} ${path}`)
  const sha256 = createHash('sha256').update(`${name} model.safetensors`).digest('hex')
  return {
    name,
    backend: 'vllm',
    download_path: folder,
    download_size_bytes: 10,
    artifacts: { files: [{ path: 'model.safetensors', sha256 }] },
    ...more,
  }
}

async function headroom(...args: readonly string[]): Promise<{ readonly status: number; readonly json: unknown }> {
  let out = ''
  const status = await runCli([...args, '--registry', registry, '--json'], {
    signal: new AbortController().signal,
    out: (text) => {
      out += text
    },
    err: () => undefined,
    createServices: () =>
      createServices(
        { dataDir: join(box, 'data'), env: {}, platform: process.platform, now: () => new Date() },
        { workerUrl: new URL('file:///nowhere.mjs') },
      ),
  })
  return { status, json: JSON.parse(out) }
}

describe('verify', () => {
  it('names what is changed, missing, or cannot be compared', async () => {
    writeFileSync(join(box, 'models', 'two', 'model.safetensors'), 'something else')
    rmSync(join(box, 'models', 'three', 'model.safetensors'))
    const before = discovered()
    const { status, json } = await headroom('verify')
    expect(status).toBe(1)
    expect(json).toMatchObject({
      results: [
        { name: 'one', status: 'ok', files: [] },
        { name: 'two', status: 'changed', files: [{ path: 'model.safetensors', problem: 'changed' }] },
        { name: 'three', status: 'missing', files: [{ path: 'model.safetensors', problem: 'missing' }] },
        { name: 'shared', status: 'changed' },
        { name: 'far', status: 'skipped' },
      ],
    })
    expect((await headroom('verify', 'one')).status).toBe(0)
    expect((await headroom('verify', 'nobody')).json).toMatchObject({ error: { code: 'UNKNOWN_MODEL' } })
    expect(discovered()).toBe(before)
  })
})

describe('leftovers', () => {
  it('lists what downloads left, and removes only what is ours and nobody needs', async () => {
    const own = join(box, 'data', 'models', 'o', 'm')
    mkdirSync(own, { recursive: true })
    const note = JSON.stringify({ schema: 1, url: 'u', commit: 'c', bytes: 9000, done: [[0, 4096]] })
    const put = (path: string, text: string) => writeFileSync(path, text)
    put(join(own, 'a.gguf.part'), 'x'.repeat(4096))
    put(join(own, 'a.gguf.bad-1'), 'x'.repeat(4096))
    put(join(own, 'queued.gguf.part'), 'x'.repeat(4096))
    put(join(box, 'models', 'one', 'b.part'), 'x'.repeat(4096))
    put(join(box, 'models', 'one', 'b.part.json'), note)
    put(join(box, 'models', 'one', 'other-program.part'), 'not ours')
    put(join(box, 'models', 'one', 'mine.bad-1'), 'not ours')
    const item = { id: 'i', title: 't', repository: 'o/m', commit: 'c', with_architecture: false, folder: own }
    const queued = { ...item, paths: ['queued.gguf'], state: 'paused', done_bytes: 1, total_bytes: 2 }
    put(join(box, 'data', 'downloads.json'), JSON.stringify({ schema: 1, items: [queued], finished: [] }))
    const listed = await headroom('leftovers')
    expect(listed.json).toMatchObject({ dry_run: true, freed_bytes: 0 })
    expect((listed.json as { leftovers: unknown[] }).leftovers).toHaveLength(4) // toMatchObject would allow more
    expect(readdirSync(own)).toHaveLength(3)
    const done = await headroom('leftovers', '--yes')
    expect(done.json).toMatchObject({ dry_run: false, freed_bytes: 3 * 4096 })
    expect(readdirSync(own)).toEqual(['queued.gguf.part'])
    expect(readdirSync(join(box, 'models', 'one')).toSorted()).toEqual([
      'config.json',
      'mine.bad-1',
      'model.safetensors',
      'other-program.part',
    ])
  })
})

describe('remove', () => {
  it('only shows the plan, then removes with a backup that undo takes back', async () => {
    const before = discovered()
    const plan = await headroom('remove', 'one', '--delete-files')
    expect(plan.json).toMatchObject({
      dry_run: true,
      removed: ['one'],
      // config.json is listed by another entry of the same folder, and a name that leads out is none
      files: [join(box, 'models', 'one', 'model.safetensors')],
    })
    expect(discovered()).toBe(before)
    const done = await headroom('remove', 'one', '--delete-files', '--yes')
    expect(done.json).toMatchObject({ dry_run: false, backup: expect.any(String) })
    expect(discovered()).not.toContain('"one"')
    expect(readdirSync(join(box, 'models', 'one'))).toEqual(['config.json'])
    expect(existsSync(join(box, 'models', 'outside'))).toBe(true)
    expect((await headroom('undo')).status).toBe(0)
    expect(discovered()).toBe(before)
  })

  it('leaves files alone unless asked', async () => {
    await headroom('remove', 'two', '--yes')
    expect(readdirSync(join(box, 'models', 'two'))).toHaveLength(2)
  })
})

describe('normalize-formats', () => {
  it('moves methods to where they belong, keeps unknown words, and is idempotent', async () => {
    const before = discovered()
    expect((await headroom('normalize-formats')).json).toMatchObject({ dry_run: true })
    expect(discovered()).toBe(before)
    const { json } = await headroom('normalize-formats', '--yes')
    expect(json).toMatchObject({
      results: [
        { name: 'one', changes: [{ field: 'download_format', before: 'fp16', after: 'safetensors' }] },
        {
          name: 'two',
          changes: [
            { field: 'download_format', before: 'AWQ', after: 'safetensors' },
            { field: 'quantization', before: null, after: 'awq' },
          ],
        },
        { name: 'three', changes: [{ field: 'quantization', before: 'Q4_K_M', after: 'q4_k_m' }] },
      ],
    })
    expect(discovered()).toContain('"strange"')
    const after = discovered()
    expect((await headroom('normalize-formats', '--yes')).json).toMatchObject({ results: [] })
    expect(discovered()).toBe(after)
  })
})

describe('doctor --fix', () => {
  it('shows the plan, then tidies with a backup that undo takes back; differing rows wait for a choice', async () => {
    const rows = JSON.parse(discovered()) as Record<string, unknown>[]
    const [one = {}, two = {}] = rows
    writeFileSync(
      file('model_registry.discovered.json'),
      `${JSON.stringify([...rows, one, { ...two, family: 'x' }], null, 2)}\n`,
    )
    const before = discovered()
    expect((await headroom('doctor', '--fix')).json).toMatchObject({
      dry_run: true,
      dropped: ['one#2'],
      undecided: [{ name: 'two', rows: [{ id: 'two' }, { id: 'two#2', differs: ['family'] }] }],
    })
    expect(discovered()).toBe(before)
    const done = await headroom('doctor', '--fix', '--keep', 'two', '--yes')
    expect(done).toMatchObject({ status: 0, json: { dropped: ['one#2', 'two#2'], backup: expect.any(String) } })
    expect(JSON.parse(discovered())).toEqual(rows)
    expect((await headroom('undo')).status).toBe(0)
    expect(discovered()).toBe(before)
  })

  it.each([
    [['--fix', '--keep', 'nobody'], 1],
    [['--reset', 'everything'], 2],
    [['--reset', 'layout'], 0],
    [['--reset', 'cache'], 0],
  ])('%j ends with %d', async (args, status) => {
    const before = discovered()
    expect((await headroom('doctor', ...args)).status).toBe(status)
    expect(discovered()).toBe(before)
  })
})

describe('backups --now and restore of a file that was set aside', { timeout: 120_000 }, () => {
  it('copies the layers, and brings whole entries back', async () => {
    expect((await headroom('backups', '--now')).json).toHaveLength(2)
    const good = discovered()
    writeFileSync(file('model_registry.discovered.json'), good.slice(0, good.indexOf('"three"')))
    const shown = await headroom('list')
    expect(shown).toMatchObject({ status: 1, json: expect.arrayContaining([expect.objectContaining({ name: 'far' })]) })
    const { set_aside } = (await headroom('doctor')).json as { set_aside: string[] }
    const [copy = ''] = set_aside
    expect((await headroom('restore', copy, '--dry-run')).json).toMatchObject({ dry_run: true, entries: 2 })
    expect((await headroom('restore', copy)).status).toBe(0)
    expect(JSON.parse(discovered())).toHaveLength(2)
    expect((await headroom('undo')).status).toBe(0)
    expect(discovered()).toBe(good.slice(0, good.indexOf('"three"')))
  })
})

describe('stats and list', () => {
  it('counts', async () => {
    expect((await headroom('stats')).json).toMatchObject({
      models: 5,
      bytes: 40,
      by_backend: [
        { value: 'vllm', models: 3, bytes: 30 },
        { value: 'gguf', models: 1, bytes: 10 },
        { value: 'ollama', models: 1, bytes: 0 },
      ],
    })
  })

  it.each([
    [['--backend', 'OLLAMA'], ['far']],
    [['--format', 'gguf'], ['three']],
    [['--quantization', 'q4_k_m'], ['three']],
    [
      ['--search', 'T'],
      ['two', 'three'],
    ],
    [['--search', 't', '--backend', 'vllm'], ['two']],
    [['--family', 'llama'], []],
  ])('filters by %j', async (args, names) => {
    const { json } = await headroom('list', ...args)
    expect((json as { name: string }[]).map(({ name }) => name)).toEqual(names)
  })
})
