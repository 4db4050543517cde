import { existsSync, linkSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildParseWorker } from '../../e2e/models/build-parse-worker'
import { findModels } from '../../electron/node/library/find-models'
import { createInspector } from '../../electron/node/library/inspector'
import { writeShapes } from './gguf-headers'
import { loadReader } from './readers'
import { type BenchReport, milliseconds } from './table'

/** Models of the library; `--models N` for a quick look. */
const MODELS = modelCount()
/** Models that the library parses; a thousand would take a quarter of an hour. */
const SAMPLE = 8

function modelCount(): number {
  const at = process.argv.indexOf('--models')
  const given = at === -1 ? Number.NaN : Number(process.argv[at + 1])
  return Number.isInteger(given) && given > 0 ? given : 1_000
}

/** Folders with one model each; links to the four files, so that the disk holds them once. */
function writeLibrary(): string[] {
  const root = join(process.cwd(), '.cache', 'bench', 'library')
  const shapes = writeShapes()
  return Array.from({ length: MODELS }, (_, index) => {
    const folder = join(root, String(index))
    const path = join(folder, 'model.gguf')
    mkdirSync(folder, { recursive: true })
    const shape = shapes[index % shapes.length]
    if (shape !== undefined && !existsSync(path)) linkSync(shape.path, path)
    // A folder touched a moment ago would not be remembered.
    utimesSync(folder, 1e9, 1e9)
    return folder
  })
}

/** A thousand folders of a hundred files, one of them a model; made once. */
function writeLargeTree(): string {
  const root = join(process.cwd(), '.cache', 'bench', 'tree')
  const done = join(root, '.done')
  if (existsSync(done)) return root
  rmSync(root, { recursive: true, force: true })
  for (let folder = 0; folder < 1_000; folder++) {
    const path = join(root, `group-${folder % 10}`, `model-${folder}`)
    mkdirSync(path, { recursive: true })
    const first = join(path, 'model.gguf')
    writeFileSync(first, '')
    for (let file = 0; file < 99; file++) linkSync(first, join(path, `note-${file}.txt`))
  }
  writeFileSync(done, '')
  return root
}

async function findInLargeTree(): Promise<number> {
  const root = writeLargeTree()
  const start = performance.now()
  const found = await findModels(root)
  if (!found.ok || found.value.paths.length !== 1_000) throw new Error('not every model was found')
  return performance.now() - start
}

/** A library of a thousand models: read once, read again from the cache, and what parsing each with the library takes. */
export async function benchLibraryScan(): Promise<BenchReport> {
  const folders = writeLibrary()
  const cacheFile = join(process.cwd(), '.cache', 'bench', 'inspections.json')
  rmSync(cacheFile, { force: true })
  const workerUrl = await buildParseWorker(join(process.cwd(), '.cache', 'bench', 'worker'))
  const scan = async (): Promise<number> => {
    const start = performance.now()
    const inspector = createInspector({ workerUrl, cacheFile, now: () => new Date() })
    for (const folder of folders) {
      const read = await inspector.inspect(folder)
      if (!read.ok) throw new Error(read.error.message)
    }
    const took = performance.now() - start
    await inspector.close()
    return took
  }
  const firstMs = await scan()
  const secondMs = await scan()
  const libraryMs = (await parseWithLibrary(folders.slice(0, SAMPLE))) * (MODELS / SAMPLE)
  const findMs = await findInLargeTree()
  const faster = libraryMs / firstMs
  const again = firstMs / secondMs
  return {
    title: `Scan of ${MODELS} models (worker start included)`,
    head: ['scan', 'seconds', 'ms a model'],
    rows: [
      ['first', (firstMs / 1000).toFixed(2), milliseconds(firstMs / MODELS)],
      ['second, new process state, cache on disk', (secondMs / 1000).toFixed(2), milliseconds(secondMs / MODELS)],
      ['finding 1,000 models among 100,000 files', (findMs / 1000).toFixed(2), milliseconds(findMs / 1_000)],
      ['@huggingface/gguf, each', (libraryMs / 1000).toFixed(0), milliseconds(libraryMs / MODELS)],
    ],
    checks: [
      { text: `first scan faster than the library: ${faster.toFixed(1)} times (target 50)`, isMet: faster >= 50 },
      { text: `second scan faster than the first: ${again.toFixed(1)} times (target 10)`, isMet: again >= 10 },
    ],
    notes: [`the library's figure is measured on ${SAMPLE} models and multiplied`],
  }
}

async function parseWithLibrary(folders: readonly string[]): Promise<number> {
  const read = await loadReader('@huggingface/gguf', undefined)
  const start = performance.now()
  for (const folder of folders) await read(join(folder, 'model.gguf'))
  return performance.now() - start
}
