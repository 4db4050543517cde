import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { headroomErrorSchema } from '#shared/domain/result'
import { sampleLibrary } from '#shared/sample/sample-library'

/** Faults around the command line as a process: broken registries, other writers, other versions, pipes and signals. */
const isLong = process.env['HEADROOM_TORTURE'] !== undefined
const isPosix = process.platform !== 'win32'
const project = fileURLToPath(new URL('../..', import.meta.url))
let built = ''
let folder = ''

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'headroom-cli-build-'))
  const configFile = join(project, 'vite.cli.config.ts')
  await build({ root: project, configFile, logLevel: 'silent', build: { outDir: built } })
}, 120_000)
afterAll(() => rmSync(built, { recursive: true, force: true }))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-cli-fault-'))
  for (const file of sampleLibrary()) {
    const path = join(folder, 'library', file.path)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, file.text)
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const program = () => join(built, 'headroom.mjs')
const registry = () => join(folder, 'library', 'registry')
const snapshotFile = () => join(registry(), 'model_registry.json')
const model = 'qwen3-8b'

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const data = join(folder, 'data')
  return { PATH: '/usr/bin:/bin', HEADROOM_DATA_DIR: data, HEADROOM_REGISTRY_DIR: registry(), ...more }
}

interface Run {
  readonly status: number | null
  readonly out: string
  readonly err: string
  /** The one document on standard output; a throw when it is none. */
  json(): unknown
}

function headroom(args: readonly string[], more: Readonly<Record<string, string>> = {}): Run {
  const run = spawnSync(process.execPath, [program(), ...args], { env: environment(more), encoding: 'utf8', input: '' })
  return { status: run.status, out: run.stdout, err: run.stderr, json: () => JSON.parse(run.stdout) as unknown }
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program(), ...args], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
}

function ended(child: ChildProcess): Promise<{ readonly status: number | null; readonly out: string }> {
  let out = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr?.resume()
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, out })))
}

function errorOf(run: Run) {
  expect(run.status).not.toBe(0)
  return headroomErrorSchema.parse((run.json() as { error: unknown }).error)
}

function layerFiles(): Record<string, string> {
  const names = readdirSync(registry()).filter((name) => /^model_registry(\.\w+)?\.json$/.test(name))
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(registry(), name), 'utf8')]))
}

function flagsOf(name: string): readonly string[] {
  const shown = headroom(['show', name, '--json']).json() as { backend_config: { extra_args: string[] } }
  return shown.backend_config.extra_args
}

const apply = (length: number) => ['apply', model, '--max-model-len', String(length), '--json']

// some twenty processes one after the other, each of which looks three times: slow on a busy machine
describe('a broken registry', { timeout: 240_000 }, () => {
  it('is explained, left alone, shown from its backup, restored, and the restore taken back', () => {
    expect(headroom(apply(4321)).status).toBe(0)
    const [change] = headroom(['history', '--json']).json() as { files: string[] }[]
    const layer = change?.files[0] ?? 'none'
    const good = layerFiles()[layer] ?? ''
    expect(headroom(apply(5432)).status).toBe(0)
    const snapshotText = readFileSync(snapshotFile(), 'utf8')
    writeFileSync(join(registry(), layer), good.slice(0, good.length / 2))
    const broken = layerFiles()
    const [backup] = headroom(['backups', '--json']).json() as { name: string }[]
    for (const args of [apply(1), ['undo'], ['remove', model, '--yes']]) {
      const error = errorOf(headroom([...args.filter((word) => word !== '--json'), '--json']))
      expect(error).toMatchObject({ code: 'READ_ONLY', message: expect.stringContaining('line') })
      expect(error.hint).toContain(`headroom restore ${backup?.name}`)
    }
    const looked = [['list'], ['show', model], ['stats'], ['estimate', model, '--gpu-memory', '24']].map((args) =>
      headroom([...args, '--json']),
    )
    for (const run of looked) {
      expect(run.status).toBe(1)
      expect(run.err).toMatch(/line \d+[\s\S]*Shown instead, read-only: /)
      expect(run.err).toContain(backup?.name)
    }
    const [listed, shown] = looked.map((run) => run.json())
    expect(listed).toHaveLength(JSON.parse(snapshotText).length)
    expect(JSON.stringify(shown)).toContain('"4321"')
    expect(headroom(['doctor', '--json'])).toMatchObject({ status: 0, out: expect.stringContaining('line') })
    expect(layerFiles()).toEqual(broken)
    expect(headroom(['backups', backup?.name ?? '']).out).toContain('Restoring it would')
    expect(layerFiles()).toEqual(broken)
    expect(headroom(['restore', 'newest', '--json']).json()).toMatchObject({ restored: backup?.name })
    expect(layerFiles()[layer]).toBe(good)
    expect(headroom(['undo', '--json']).status).toBe(0)
    expect(layerFiles()).toEqual(broken)
  })

  it('without a good backup is an error, whatever is asked', () => {
    for (const name of Object.keys(layerFiles())) writeFileSync(join(registry(), name), '[{"name":')
    for (const args of [['list'], ['show', model], apply(1), ['migrate-architecture'], ['undo']]) {
      const error = errorOf(headroom([...args.filter((word) => word !== '--json'), '--json']))
      expect(error).toMatchObject({ code: 'BAD_REGISTRY', hint: expect.stringContaining('no good backup') })
    }
  })

  it.each([
    ['a folder in the place of the file', () => mkdirSync(snapshotFile())],
    ['nothing', () => undefined],
  ])('%s is a coded error', (_what, make) => {
    rmSync(registry(), { recursive: true })
    mkdirSync(registry())
    make()
    expect(['NO_REGISTRY', 'NOT_A_FILE']).toContain(errorOf(headroom(['list', '--json'])).code)
    expect(['NO_REGISTRY', 'NOT_A_FILE']).toContain(errorOf(headroom(apply(1))).code)
  })
})

describe('two programs', () => {
  it('that change different flags of one model at once both succeed', async () => {
    const changes = [
      ['--max-model-len', '1234'],
      ['--max-num-seqs', '7'],
      ['--set', 'seed=5'],
      ['--gpu-memory-utilization', '0.55'],
    ]
    const runs = await Promise.all(changes.map((words) => ended(start(['apply', model, ...words, '--json']))))
    expect(runs.map((run) => run.status)).toEqual([0, 0, 0, 0])
    const flags = flagsOf(model).join(' ')
    for (const words of [/max-model-len 1234/, /max.num.seqs.7/, /seed 5/, /gpu-memory-utilization 0\.55/]) {
      expect(flags).toMatch(words)
    }
    // and each can be taken back, newest first, down to the first byte
    for (const _change of changes) expect(headroom(['undo']).status).toBe(0)
    expect(errorOf(headroom(['undo', '--json'])).code).toBe('NOTHING_TO_UNDO')
  })

  it('undo after a later edit says what can be done, and takes back only its own values', () => {
    const before = flagsOf(model)
    headroom(apply(4321))
    for (const [name, text] of Object.entries(layerFiles())) {
      writeFileSync(join(registry(), name), text.replace(`"name": "${model}"`, `"name": "${model}", "theirs": 1`))
    }
    const edited = layerFiles()
    expect(errorOf(headroom(['undo', '--json']))).toMatchObject({
      code: 'CONFLICT',
      hint: expect.stringMatching(/only the values/),
    })
    expect(layerFiles()).toEqual(edited)
    expect(headroom(['undo', '--keep-others', '--json']).status).toBe(0)
    expect(flagsOf(model)).toEqual(before)
    expect((headroom(['show', model, '--json']).json() as { theirs?: number }).theirs).toBe(1)
  })

  it('a model that is gone meanwhile is refused by name', () => {
    expect(errorOf(headroom(['apply', 'gone', '--max-model-len', '1', '--json'])).code).toBe('UNKNOWN_MODEL')
  })
})

describe('other versions', () => {
  const journal = (): string => {
    const found = readdirSync(join(folder, 'data'), { recursive: true }).map(String)
    return join(folder, 'data', found.find((name) => name.endsWith('journal.json')) ?? '')
  }

  it('a journal of a newer one: reading goes on, changing is refused with the reason, nothing is written', () => {
    headroom(apply(4321))
    writeFileSync(journal(), JSON.stringify({ schema: 99, kept: true }))
    const before = layerFiles()
    expect(headroom(['list', '--json']).status).toBe(0)
    for (const args of [apply(1), ['undo', '--json'], ['history', '--json'], ['restore', 'newest', '--json']]) {
      expect(errorOf(headroom(args)).code).toBe('NEWER_SCHEMA')
    }
    expect(layerFiles()).toEqual(before)
    expect(JSON.parse(readFileSync(journal(), 'utf8'))).toEqual({ schema: 99, kept: true })
  })

  it('settings of a newer one are read, said, and not written', () => {
    const path = join(folder, 'data', 'settings.json')
    mkdirSync(join(folder, 'data'))
    const text = JSON.stringify({ schema: 99, registry_path: registry(), from_the_future: [1] })
    writeFileSync(path, text)
    const run = headroom(['list', '--json'], { HEADROOM_REGISTRY_DIR: '' })
    expect(run.status).toBe(0)
    expect(run.json()).not.toEqual([])
    expect(run.err).toContain('newer')
    expect(errorOf(headroom(['sample', '--json'], { HEADROOM_REGISTRY_DIR: '' })).code).toBe('NEWER_SCHEMA')
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it.each(['', '{"regis', '\0\0\0', '[]'])(
    'settings that hold %j: defaults are used, said, and the file is kept',
    (text) => {
      mkdirSync(join(folder, 'data'))
      writeFileSync(join(folder, 'data', 'settings.json'), text)
      const run = headroom(['list', '--json'], { HEADROOM_REGISTRY_DIR: '' })
      expect(errorOf(run).code).toBe('NO_REGISTRY')
      expect(run.err).toContain('settings')
      const copies = readdirSync(join(folder, 'data')).filter((name) => name.includes('.corrupt-'))
      expect(copies.map((name) => readFileSync(join(folder, 'data', name), 'utf8'))).toEqual([text])
    },
  )
})

describe('time and language', () => {
  it('keep order and parsing, whatever zone, clock and locale each program runs with', () => {
    const worlds = [
      { TZ: 'Pacific/Kiritimati', LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' },
      { TZ: 'America/Los_Angeles', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
      { TZ: 'Asia/Kolkata', LC_ALL: 'ar_EG.UTF-8', LANG: 'ar_EG.UTF-8' },
    ]
    worlds.forEach((world, at) => {
      const run = headroom(['apply', model, '--gpu-memory-utilization', `0.${at + 5}`, '--json'], world)
      expect(run.json()).toMatchObject({ after: expect.arrayContaining([`0.${at + 5}`]) })
    })
    const history = worlds.map((world) => headroom(['history', '--json'], world).out)
    expect(new Set(history).size).toBe(1)
    const estimates = worlds.map((world) => headroom(['estimate', model, '--gpu-memory', '24.5', '--json'], world).out)
    expect(new Set(estimates).size).toBe(1)
    const texts = worlds.map((world) => headroom(['estimate', model, '--gpu-memory', '24.5'], world).out)
    expect(new Set(texts).size).toBe(1)
    for (const value of ['0.6', '0.5']) {
      headroom(['undo'], worlds[0])
      expect(flagsOf(model).join(' ')).toContain(`--gpu-memory-utilization ${value}`)
    }
  })

  it('names of any script are found, shown and changed', () => {
    const name = 'İstanbul-ıI-\u{1f600}-مرحبا'
    const path = join(folder, 'other.json')
    writeFileSync(
      path,
      `[\n  {"name": ${JSON.stringify(name)}, "backend": "vllm", "backend_config": {"extra_args": []}}\n]\n`,
    )
    expect(headroom([...apply(1).with(1, name), '--registry', path]).json()).toMatchObject({
      name,
      after: ['--max-model-len', '1'],
    })
    expect(headroom(['list', '--registry', path]).out).toContain('İstanbul')
    expect(errorOf(headroom([...apply(1).with(1, name.toLowerCase()), '--registry', path])).code).toBe('UNKNOWN_MODEL')
  })
})

describe.skipIf(!isPosix)('streams and signals', () => {
  const sh = (line: string) => {
    const run = spawnSync('/bin/bash', ['--norc', '-c', line], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment(), HR: program(), NODE: process.execPath },
      encoding: 'utf8',
    })
    return { status: run.status, out: run.stdout, err: run.stderr }
  }

  it.each([
    ['closed standard output', '"$NODE" "$HR" list --json >&-', 0],
    ['closed standard input', '"$NODE" "$HR" list --json <&-', 0],
    ['closed standard error', '"$NODE" "$HR" no-such-command 2>&-', 2],
    ['a reader that left', '"$NODE" "$HR" list --json | true; exit $PIPESTATUS', 0],
    ['a reader of remarks that left', '{ "$NODE" "$HR" no-such-command 2>&1 1>&3 | true; exit $PIPESTATUS; } 3>&1', 2],
  ])('%s does not disturb', (_what, line, status) => {
    expect(sh(line)).toMatchObject({ status, err: '' })
  })

  it.skipIf(!existsSync('/dev/full'))(
    'a full disk under the output is an error in one sentence, under the remarks none',
    () => {
      expect(sh('"$NODE" "$HR" list --json >/dev/full')).toMatchObject({
        status: 1,
        err: expect.stringMatching(/^The output cannot be written: [^\n]+\n$/),
      })
      expect(sh('"$NODE" "$HR" no-such-command 2>/dev/full').status).toBe(2)
    },
  )

  it('colours nothing, with NO_COLOR, without, and when told to', () => {
    const plain = headroom(['list']).out
    for (const more of [{ NO_COLOR: '1' }, { FORCE_COLOR: '3' }, { TERM: 'xterm-256color', COLORTERM: 'truecolor' }]) {
      expect(headroom(['list'], more).out).toBe(plain)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what must not occur
      expect(headroom(['list', '--no-such-flag'], more).err).not.toMatch(/\x1b/)
    }
  })

  it('Ctrl-C at any moment leaves the old or the new registry, and the next command goes on', async () => {
    const rounds = isLong ? 120 : 12
    let length = 1000
    const seen = new Set<number | null>()
    for (let round = 0; round < rounds; round += 1) {
      const before = flagsOf(model)
      const child = start(apply(length + 1))
      const end = ended(child)
      const after = (round * (isLong ? 5 : 45)) % 600
      const timers = [setTimeout(() => child.kill('SIGINT'), after)]
      // every third time the user is impatient
      if (round % 3 === 0) timers.push(setTimeout(() => child.kill('SIGINT'), after + 3))
      const { status, out } = await end
      for (const timer of timers) clearTimeout(timer)
      seen.add(status)
      const flags = flagsOf(model)
      const isNew = flags.join(' ').includes(`--max-model-len ${length + 1}`)
      if (!isNew) expect(flags).toEqual(before)
      // The signal may also arrive after the answer was printed: what was said must be true all the same.
      const answer: unknown = out === '' ? undefined : JSON.parse(out)
      if (isNew && answer !== undefined) expect(answer).toMatchObject({ name: model })
      if (!isNew && answer !== undefined) expect(answer).toHaveProperty('error')
      if (status === 0) expect([isNew, answer]).toMatchObject([true, { name: model }])
      if (isNew) length += 1
    }
    expect(headroom(apply(length + 1)).status).toBe(0)
    const rest = readdirSync(registry()).filter((name) => /\.(tmp|lock)$/.test(name))
    expect(rest).toEqual([])
    expect([...seen].every((status) => status === 0 || status === 130 || status === null)).toBe(true)
  }, 600_000)
})

describe('errors for machines', () => {
  it.each([
    [['show', 'no-such-model'], 1],
    [['apply', model, '--gpu-memory-utilization', '2'], 2],
    [['apply', model], 2],
    [['list', '--registry', '/no/such/place'], 1],
    [['restore', 'no-such-backup'], 1],
    [['backups', '../../etc/passwd'], 1],
    [['undo'], 1],
    [['reconcile-architecture', '--metrics', '/no/such/file'], 1],
    [['observe', '--log', '/no/such/log', '--engine', 'vllm', '--model', 'm'], 1],
    [['estimate', 'no-such-model'], 1],
    [['history', '--no-such-flag'], 2],
  ])('%j is one JSON document with a code, and status %i', (args, status) => {
    const run = headroom([...args, '--json'])
    expect(run.status).toBe(status)
    expect(errorOf(run).message).not.toBe('')
    expect(errorOf(run).code).not.toBe('INTERNAL')
  })

  it('a directory for the log, or a log that is no text, is no crash either', () => {
    const log = join(folder, 'bytes.log')
    const descriptor = openSync(log, 'w')
    closeSync(descriptor)
    writeFileSync(log, Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 7919) % 256)))
    for (const path of [folder, log]) {
      expect(errorOf(headroom(['observe', '--log', path, '--engine', 'vllm', '--model', 'm', '--json'])).code).not.toBe(
        'INTERNAL',
      )
      const run = headroom(['reconcile-architecture', '--metrics', path, '--json'])
      if (run.status !== 0) expect(errorOf(run).code).not.toBe('INTERNAL')
      else expect(run.json()).toMatchObject({ totals: {} })
    }
  })
})
