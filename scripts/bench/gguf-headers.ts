import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildHeaderShape, headerShapes } from '../../e2e/models/header-shapes'
import { writeSparseFile } from '../../e2e/models/write-model'
import { fetchNodeLlamaCpp } from './peers'
import { type Measurement, type ReaderName, readerNames } from './readers'
import { type BenchReport, geometricMean, median, milliseconds } from './table'

const FRESH_PROCESSES = 5
const MIB = 2 ** 20

interface Shape {
  readonly name: string
  readonly path: string
  /** Bytes that no reader can avoid: the header without its fixed-width arrays. */
  readonly floorBytes: number
}

/** The four header shapes as sparse files in `.cache`; made once. */
export function writeShapes(): Shape[] {
  return headerShapes.map((shape) => {
    const { header, fileBytes } = buildHeaderShape(shape)
    const path = join(process.cwd(), '.cache', 'bench', `${shape.name}.gguf`)
    if (!existsSync(path) || statSync(path).size !== fileBytes) writeSparseFile(path, header, fileBytes)
    const fixedWidth = shape.vocabulary * (shape.hasScores ? 8 : 4)
    return { name: shape.name, path, floorBytes: header.length - fixedWidth }
  })
}

function measureFresh(reader: ReaderName, path: string, peerEntry: string | undefined): Measurement | undefined {
  const entry = process.argv[1] ?? ''
  const args = [entry, '--measure', reader, path, ...(peerEntry === undefined ? [] : [peerEntry])]
  const runs = Array.from({ length: FRESH_PROCESSES }, () => spawnSync(process.execPath, args, { encoding: 'utf8' }))
  const done = runs.filter((run) => run.status === 0).map((run): Measurement => JSON.parse(run.stdout))
  if (done.length === 0) return undefined
  const bytesRead = done[0]?.bytesRead
  return {
    firstMs: median(done.map((run) => run.firstMs)),
    warmMs: median(done.map((run) => run.warmMs)),
    growthBytes: Math.max(...done.map((run) => run.growthBytes)),
    ...(bytesRead !== undefined && { bytesRead }),
  }
}

/** Reader against its peers: fresh process and warm, bytes read, memory growth; targets of the design. */
export function benchGgufHeaders(): BenchReport {
  const shapes = writeShapes()
  const peerEntry = fetchNodeLlamaCpp()
  const usable = readerNames.filter((name) => name !== 'node-llama-cpp' || peerEntry !== undefined)
  const results = new Map(
    usable.map((name) => [name, shapes.map((shape) => measureFresh(name, shape.path, peerEntry))] as const),
  )
  const rows = shapes.flatMap((shape, index) =>
    usable.map((name) => reportRow(shape, name, results.get(name)?.[index])),
  )
  return {
    title: `GGUF headers (median of ${FRESH_PROCESSES} fresh processes, page cache warm)`,
    head: ['shape', 'reader', 'first ms', 'warm ms', 'read MiB', 'of floor', 'growth MiB'],
    rows,
    checks: checksOf(shapes, results),
    notes: peerEntry === undefined ? ['node-llama-cpp could not be fetched and was skipped.'] : [],
  }
}

function reportRow(shape: Shape, name: ReaderName, result: Measurement | undefined): string[] {
  if (result === undefined) return [shape.name, name, 'failed', '', '', '', '']
  const { firstMs, warmMs, bytesRead, growthBytes } = result
  const read = bytesRead === undefined ? '' : (bytesRead / MIB).toFixed(2)
  const share = bytesRead === undefined ? '' : (bytesRead / shape.floorBytes).toFixed(3)
  return [shape.name, name, milliseconds(firstMs), milliseconds(warmMs), read, share, (growthBytes / MIB).toFixed(1)]
}

type Results = ReadonlyMap<ReaderName, readonly (Measurement | undefined)[]>

function checksOf(shapes: readonly Shape[], results: Results): BenchReport['checks'] {
  const all = results.get('headroom') ?? []
  // Over the shapes that both could read: a peer that fails on one is said to have failed in its row.
  const ratio = (name: ReaderName, pick: (result: Measurement) => number): number => {
    const pairs = (results.get(name) ?? []).map((peer, index) => [peer, all[index]] as const)
    return geometricMean(pairs.flatMap(([peer, own]) => (peer && own ? [pick(peer) / pick(own)] : [])))
  }
  const own = all.filter((result) => result !== undefined)
  const check = (text: string, value: number, target: number): BenchReport['checks'][number] => ({
    text: `${text}: ${value.toFixed(1)} times (target ${target})`,
    isMet: value >= target,
  })
  const share = Math.max(...own.map((result, index) => (result.bytesRead ?? 0) / (shapes[index]?.floorBytes ?? 1)))
  const growth = Math.max(...own.map((result) => result.growthBytes)) / MIB
  return [
    check(
      'faster than @huggingface/gguf, first call',
      ratio('@huggingface/gguf', (result) => result.firstMs),
      20,
    ),
    check(
      'faster than @huggingface/gguf, warm',
      ratio('@huggingface/gguf', (result) => result.warmMs),
      150,
    ),
    ...(results.has('node-llama-cpp')
      ? [
          check(
            'faster than node-llama-cpp, first call',
            ratio('node-llama-cpp', (result) => result.firstMs),
            7,
          ),
        ]
      : []),
    { text: `bytes read: at most ${share.toFixed(3)} of the floor (target 1.05)`, isMet: share <= 1.05 },
    { text: `memory growth: at most ${growth.toFixed(1)} MiB (target 16)`, isMet: growth < 16 },
  ]
}
