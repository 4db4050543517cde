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
function sampleEntries(): readonly JsonObject[] {
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

/** Load and merge, one flag changed, memory: each against JSON.parse and JSON.stringify of the merged file. */
export async function benchRegistry(): Promise<BenchReport> {
  const folder = writeRegistry()
  const file = join(folder, layerFileNames.snapshot)
  const text = readFileSync(file, 'utf8')
  const yardstick = await medianMs(() => JSON.stringify(JSON.parse(text)))
  const load = await medianMs(async () => must((await open(folder)).load()))
  const service = await open(folder)
  await must(service.load())
  const edit = await medianMs(async (round) => {
    const changes = [{ flag: 'max-model-len', value: String(1024 * (round + 4)) }]
    await must(service.apply({ id: 'model-7', changes, removeDuplicates: false, dryRun: false }))
  })
  const growth = measureGrowth(folder)
  const bytes = statSync(file).size
  const times = (value: number): string => (value / yardstick).toFixed(2)
  rmSync(home(), { recursive: true, force: true })
  return {
    title: `Registry of ${ENTRIES} entries, ${CURATED} of them also by hand (merged file ${(bytes / MIB).toFixed(1)} MiB)`,
    head: ['action', 'ms', 'x parse + stringify'],
    rows: [
      ['JSON.parse + JSON.stringify of the merged file', yardstick.toFixed(0), '1.00'],
      ['load and merge', load.toFixed(0), times(load)],
      ['change one flag: lock, backup, two files flushed, journal', edit.toFixed(0), times(edit)],
      [
        'memory growth of a load, fresh process',
        `${(growth / MIB).toFixed(0)} MiB`,
        `${(growth / bytes).toFixed(1)} x file`,
      ],
    ],
    checks: [
      { text: `load: ${times(load)} times (target ${TARGETS.load})`, isMet: load <= TARGETS.load * yardstick },
      { text: `edit: ${times(edit)} times (target ${TARGETS.edit})`, isMet: edit <= TARGETS.edit * yardstick },
      {
        text: `memory growth: ${(growth / bytes).toFixed(1)} times the file (target ${TARGETS.memory})`,
        isMet: growth <= TARGETS.memory * bytes,
      },
    ],
    notes: ['the load also reads both layers, which together are larger than the merged file'],
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
