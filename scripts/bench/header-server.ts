import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'

export interface ServedHeader {
  readonly header: Uint8Array
  /** Of the whole file; zeros follow the header. */
  readonly fileBytes: number
}

export interface HeaderServer {
  readonly url: string
  /** Range requests since the start. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

/** A hub with large files of which only the headers exist; answers ranges and nothing else. */
export async function serveHeaders(files: ReadonlyMap<string, ServedHeader>): Promise<HeaderServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://hub').pathname.split('/').at(-1) ?? ''
    const file = files.get(name)
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    if (file === undefined || to === '') return void response.writeHead(404).end()
    requests.push(`${from}-${to}`)
    const end = Math.min(Number(to), file.fileBytes - 1)
    const body = Buffer.alloc(end + 1 - Number(from))
    body.set(file.header.subarray(Number(from), end + 1))
    response.writeHead(206, {
      'content-range': `bytes ${from}-${end}/${file.fileBytes}`,
      'content-length': String(body.length),
      etag: `"${name}"`,
    })
    response.end(body)
  })
  // A busy machine may take longer than the usual five seconds between two requests.
  server.keepAliveTimeout = 600_000
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo // a server on TCP has an address object
  return { url: `http://127.0.0.1:${port}`, requests, close: () => close(server) }
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((done) => server.close(() => done()))
}
