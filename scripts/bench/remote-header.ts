import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startHubServer } from '../../e2e/hub/hub-server'
import { buildHeaderShape, headerShapes } from '../../e2e/models/header-shapes'
import { createHubClient } from '../../electron/node/hub/client'
import { writeHeaderFolder } from '../../electron/node/hub/header-folder'
import { type BenchReport, milliseconds } from './table'

const MIB = 2 ** 20
/** Headers up to this size take one request. */
const ONE_REQUEST_BYTES = 8 * MIB
const commit = 'c'.repeat(40)
const path = 'model.gguf'

interface Fetched {
  readonly shape: string
  readonly headerBytes: number
  readonly own: Counted
  readonly peer: Counted
}

interface Counted {
  readonly requests: number
  readonly ms: number
}

async function fetchShape(shape: (typeof headerShapes)[number]): Promise<Fetched> {
  const { gguf } = await import('@huggingface/gguf')
  const { header } = buildHeaderShape(shape)
  // The server needs a body: a little beyond the header stands for the tensors.
  const content = Buffer.concat([header, Buffer.alloc(ONE_REQUEST_BYTES)])
  const hub = await startHubServer([{ id: 'o/m', commit, files: [{ path, content, lfs: true }] }])
  const root = join(process.cwd(), '.cache', 'bench', 'remote')
  const request = {
    client: createHubClient({ endpoint: hub.url }),
    repository: { id: 'o/m', commit },
    files: [{ path, bytes: content.length }],
    headers: new Set([path]),
    root,
    signal: new AbortController().signal,
  }
  const own = await counted(hub.requests, () => writeHeaderFolder(request))
  const peer = await counted(hub.requests, () => gguf(`${hub.url}/o/m/resolve/${commit}/${path}`))
  rmSync(root, { recursive: true, force: true })
  await hub.close()
  return { shape: shape.name, headerBytes: header.length, own, peer }
}

/** The header of a remote file over a local server, against `@huggingface/gguf` on the same address. */
export async function benchRemoteHeader(): Promise<BenchReport> {
  const results: Fetched[] = []
  for (const shape of headerShapes) results.push(await fetchShape(shape))
  const small = results.filter((one) => one.headerBytes <= ONE_REQUEST_BYTES).map((one) => one.own.requests)
  return {
    title: 'Header of a remote file (local server)',
    head: ['shape', 'header MiB', 'requests', 'ms', '@huggingface/gguf requests', 'ms', 'times faster'],
    rows: results.map(({ shape, headerBytes, own, peer }) => [
      shape,
      (headerBytes / MIB).toFixed(1),
      `${own.requests}`,
      milliseconds(own.ms),
      `${peer.requests}`,
      milliseconds(peer.ms),
      (peer.ms / own.ms).toFixed(1),
    ]),
    checks: [
      {
        text: `headers up to 8 MiB (${small.length} of the shapes): at most ${Math.max(0, ...small)} range requests (target 1)`,
        isMet: small.every((requests) => requests === 1),
      },
    ],
    notes: [],
  }
}

/** Requests for the file itself; a redirect before it is another address. */
async function counted(
  requests: readonly { readonly method: string; readonly range?: string }[],
  action: () => Promise<unknown>,
): Promise<Counted> {
  const before = requests.length
  const start = performance.now()
  await action()
  const made = requests.slice(before).filter((request) => request.method === 'GET' && request.range !== undefined)
  return { requests: made.length, ms: performance.now() - start }
}
