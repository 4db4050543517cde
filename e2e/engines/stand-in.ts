import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'

/** What a stand-in engine answers at a path: a text, an object as JSON, or whatever a function does. */
export type StandInPage =
  | string
  | Readonly<Record<string, unknown>>
  | ((asked: Asked, response: ServerResponse, request: IncomingMessage) => void)

export interface Asked {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: unknown
}

export interface StandIn {
  readonly url: string
  readonly asked: readonly Asked[]
  close(): Promise<void>
}

/** A server that answers by path like an engine, 404 for the rest. For tests. */
export async function startStandIn(pages: Readonly<Record<string, StandInPage>>): Promise<StandIn> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const one: Asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        authorization: request.headers.authorization,
        body: text === '' ? undefined : JSON.parse(text),
      }
      asked.push(one)
      const page = Object.hasOwn(pages, one.path) ? pages[one.path] : undefined
      if (typeof page === 'function') page(one, response, request)
      else {
        response.statusCode = page === undefined ? 404 : 200
        response.end(typeof page === 'string' ? page : JSON.stringify(page ?? { error: 'not found' }))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listens on a port, not on a pipe
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
