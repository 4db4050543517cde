import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type Json, type JsonObject } from '#shared/domain/json'
import { type Result } from '#shared/domain/result'
import { sampleLibrary } from '#shared/sample/sample-library'
import { createRegistryService } from '../../electron/node/registry/create-registry-service'
import { layerFileNames, locateRegistry } from '../../electron/node/registry/locate-registry'
import { type RegistryService } from '../../electron/node/registry/registry-service'
import { type BenchReport, median } from './table'

const ENTRIES = 10_000
const CURATED = 2_000
const ROUNDS = 5
const MIB = 2 ** 20
const TARGETS = { load: 3, edit: 4, memory: 6 } as const

function home(): string {
  return join(process.cwd(), '.cache', 'bench', 'registry')
}

/** Entries of the embedded sample library, over and over under names of their own. */
export function sampleEntries(): readonly JsonObject[] {
  const files = sampleLibrary().filter((file) => file.path.endsWith(layerFileNames.snapshot))
  const rows: Json = JSON.parse(files[0]?.text ?? '[]') // our own file
  return Array.isArray(rows) ? rows.filter(isJsonObject) : []
}

/** A layered registry: machine facts of all models, the flags of every fifth by hand, and the merged file. */
function writeRegistry(): string {
  const folder = join(home(), 'files')
  rmSync(home(), { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const samples = sampleEntries()
  const rows = Array.from({ length: ENTRIES }, (_, index): JsonObject => {
    const sample = samples[index % samples.length] ?? {}
    return { ...sample, name: `model-${index}`, backend_config: { port: 0, extra_args: ['--max-model-len', '8192'] } }
  })
  const curated = rows.slice(0, CURATED).map(
    ({ name }): JsonObject => ({
      name: name ?? null,
      backend_config: { extra_args: ['--max-model-len', '4096', '--max-num-seqs', '8'] },
    }),
  )
  const merged = rows.map((row, index): JsonObject => {
    const own = index < CURATED ? ['--max-model-len', '4096', '--max-num-seqs', '8'] : ['--max-model-len', '8192']
    return { ...row, backend_config: { port: 0, extra_args: own } }
  })
  for (const [name, list] of [
    [layerFileNames.discovered, rows],
    [layerFileNames.curated, curated],
    [layerFileNames.snapshot, merged],
  ] as const) {
    writeFileSync(join(folder, name), `${JSON.stringify(list, null, 2)}\n`)
  }
  return folder
}

async function must<T>(result: Promise<Result<T>>): Promise<T> {
  const settled = await result
  if (!settled.ok) throw new Error(`${settled.error.code}: ${settled.error.message}`)
  return settled.value
}

async function open(folder: string): Promise<RegistryService> {
  const location = await must(locateRegistry(folder))
  return createRegistryService({ location, dataDir: join(home(), 'data'), now: () => new Date() })
}

async function medianMs(action: (round: number) => unknown): Promise<number> {
  const times: number[] = []
  for (let round = -1; round < ROUNDS; round += 1) {
    const start = performance.now()
    await action(round)
    if (round >= 0) times.push(performance.now() - start)
  }
  return median(times)
}

interface Figures {
  readonly name: string
  readonly bytes: number
  readonly yardstickMs: number
  readonly loadMs: number
  readonly editMs: number
  readonly growthBytes: number
}

/** `path`: the folder, or one file of it. The yardstick parses and prints the same files. */
async function measureRegistry(name: string, path: string, files: readonly string[]): Promise<Figures> {
  const texts = files.map((file) => readFileSync(file, 'utf8'))
  const yardstickMs = await medianMs(() => texts.map((text) => JSON.stringify(JSON.parse(text))))
  const growthBytes = measureGrowth(path)
  const loadMs = await medianMs(async () => must((await open(path)).load()))
  const service = await open(path)
  await must(service.load())
  const editMs = await medianMs(async (round) => {
    const changes = [{ flag: 'max-model-len', value: String(1024 * (round + 4)) }]
    await must(service.apply({ id: 'model-7', changes, removeDuplicates: false, dryRun: false }))
  })
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
  return { name, bytes, yardstickMs, loadMs, editMs, growthBytes }
}

/** Load and merge, one flag changed, memory: each against JSON.parse and JSON.stringify of the same files. */
export async function benchRegistry(): Promise<BenchReport> {
  const folder = writeRegistry()
  const paths = Object.values(layerFileNames).map((name) => join(folder, name))
  const merged = join(folder, layerFileNames.snapshot)
  const results = [
    await measureRegistry('one file', merged, [merged]),
    await measureRegistry('two layers and merged file', folder, paths),
  ]
  rmSync(home(), { recursive: true, force: true })
  return reportOf(results)
}

function reportOf(results: readonly Figures[]): BenchReport {
  const worst = (pick: (one: Figures) => number): number => Math.max(...results.map(pick))
  const check = (text: string, value: number, target: number): BenchReport['checks'][number] => ({
    text: `${text}: at most ${value.toFixed(2)} times (target ${target})`,
    isMet: value <= target,
  })
  return {
    title: `Registry of ${ENTRIES} entries, ${CURATED} of them also by hand`,
    head: ['form', 'MiB', 'parse + print ms', 'load ms', 'x', 'one flag ms', 'x', 'memory MiB', 'x files'],
    rows: results.map((one) => [
      one.name,
      (one.bytes / MIB).toFixed(1),
      one.yardstickMs.toFixed(0),
      one.loadMs.toFixed(0),
      (one.loadMs / one.yardstickMs).toFixed(2),
      one.editMs.toFixed(0),
      (one.editMs / one.yardstickMs).toFixed(2),
      (one.growthBytes / MIB).toFixed(0),
      (one.growthBytes / one.bytes).toFixed(1),
    ]),
    checks: [
      check(
        'load and merge',
        worst((one) => one.loadMs / one.yardstickMs),
        TARGETS.load,
      ),
      check(
        'one flag, with lock, backup, flushes, merged file and journal',
        worst((one) => one.editMs / one.yardstickMs),
        TARGETS.edit,
      ),
      check(
        'memory growth of a load in a fresh process',
        worst((one) => one.growthBytes / one.bytes),
        TARGETS.memory,
      ),
    ],
    notes: [`median of ${ROUNDS} rounds; parse + print: JSON.parse and JSON.stringify of the files that the form has`],
  }
}

/** Growth of the resident set at its peak, in a process of its own. */
function measureGrowth(folder: string): number {
  const run = spawnSync(process.execPath, [process.argv[1] ?? '', '--measure-registry', folder], { encoding: 'utf8' })
  return run.status === 0 ? Number(run.stdout) : Number.NaN
}

/** Body of the measuring process. */
export async function measureRegistryLoad(folder: string): Promise<number> {
  const service = await open(folder)
  const before = Math.max(process.resourceUsage().maxRSS * 1024, process.memoryUsage().rss)
  const snapshot = await must(service.load())
  if (snapshot.entries.length !== ENTRIES) throw new Error(`${snapshot.entries.length} entries`)
  return process.resourceUsage().maxRSS * 1024 - before
}
