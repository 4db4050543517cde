import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildParseWorker } from '../../e2e/models/build-parse-worker'
import { buildHeaderShape, headerShapes } from '../../e2e/models/header-shapes'
import { createHubClient } from '../../electron/node/hub/client'
import { writeHeaderFolder } from '../../electron/node/hub/header-folder'
import { inspectRemote } from '../../electron/node/hub/inspect-remote'
import { createInspector } from '../../electron/node/library/inspector'
import { serveHeaders } from './header-server'
import { type BenchReport, milliseconds } from './table'

const MIB = 2 ** 20
/** Headers up to this size take one request. */
const ONE_REQUEST_BYTES = 8 * MIB
const commit = 'c'.repeat(40)
/** As many variants as a busy publisher offers of one model. */
const VARIANTS = 25
const folder = join(process.cwd(), '.cache', 'bench')

interface Counted {
  readonly requests: number
  readonly ms: number
}

interface Fetched {
  readonly shape: string
  readonly headerBytes: number
  /** Fetched and judged by our scan. */
  readonly scanned: Counted
  /** Fetched, judged, read through the library: the worker's first remote file. */
  readonly first: Counted
  /** The other variants after it, with the same vocabulary: the mean. */
  readonly othersMs: number
  readonly peer: Counted
}

async function fetchShape(shape: (typeof headerShapes)[number], workerUrl: URL): Promise<Fetched> {
  const { gguf } = await import('@huggingface/gguf')
  const names = Array.from({ length: VARIANTS }, (_, fileType) => `model-${fileType}.gguf`)
  const served = new Map(names.map((name, fileType) => [name, buildHeaderShape(shape, fileType)]))
  const hub = await serveHeaders(served)
  const inspector = createInspector({ workerUrl, now: () => new Date(0) })
  const files = [...served].map(([path, { fileBytes }]) => ({ path, bytes: fileBytes }))
  const repository = { id: 'o/m', commit, gated: false, files, refused: [] }
  const client = createHubClient({ endpoint: hub.url })
  const read = async (path: string): Promise<void> => {
    const found = await inspectRemote(
      { client, inspector, dataDir: folder },
      { repository, files: files.filter((file) => file.path === path) },
    )
    if (!found.ok) throw new Error(found.error.message)
  }
  const [one = '', ...others] = names
  const { signal } = new AbortController()
  const root = join(folder, 'remote')
  const request = { client, repository, files: files.slice(0, 1), headers: new Set([one]), root, signal }
  const scanned = await counted(hub.requests, () => writeHeaderFolder(request))
  await rm(root, { recursive: true, force: true })
  const first = await counted(hub.requests, () => read(one))
  const rest = await counted(hub.requests, async () => {
    for (const name of others) await read(name)
  })
  const peer = await counted(hub.requests, () => gguf(`${hub.url}/o/m/resolve/${commit}/${one}`))
  await inspector.close()
  await hub.close()
  const headerBytes = served.get(one)?.header.length ?? 0
  return { shape: shape.name, headerBytes, scanned, first, othersMs: rest.ms / others.length, peer }
}

/** Headers of remote files over a local server, against `@huggingface/gguf` alone on the same address. */
export async function benchRemoteHeader(): Promise<BenchReport> {
  const workerUrl = await buildParseWorker(join(folder, 'worker'))
  const results: Fetched[] = []
  for (const shape of headerShapes) results.push(await fetchShape(shape, workerUrl))
  const small = results.filter((one) => one.headerBytes <= ONE_REQUEST_BYTES).map((one) => one.first.requests)
  return {
    title: 'Header of a remote file (local server)',
    head: ['shape', 'header MiB', 'requests', 'scan ms', 'facts ms', 'next variant ms', 'library requests', 'ms'],
    rows: results.map(({ shape, headerBytes, scanned, first, othersMs, peer }) => [
      shape,
      (headerBytes / MIB).toFixed(1),
      `${first.requests}`,
      milliseconds(scanned.ms),
      milliseconds(first.ms),
      milliseconds(othersMs),
      `${peer.requests}`,
      milliseconds(peer.ms),
    ]),
    checks: [
      {
        text: `headers up to 8 MiB (${small.length} of the shapes): at most ${Math.max(0, ...small)} range requests (target 1)`,
        isMet: small.every((requests) => requests === 1),
      },
    ],
    notes: [
      'scan: fetched and judged by our own reader; facts: then read through the library, the worker being new;',
      `next variant: mean of ${VARIANTS - 1} further variants of the same model, whose vocabulary the library has read already.`,
    ],
  }
}

async function counted(requests: readonly string[], action: () => Promise<unknown>): Promise<Counted> {
  const before = requests.length
  const start = performance.now()
  await action()
  return { requests: requests.length - before, ms: performance.now() - start }
}
