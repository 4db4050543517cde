import {
  type AgentOptions,
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { type Socket } from 'node:net'
import { bodyStream } from './body-stream'
import { isLoopback } from './loopback'

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads of a socket. Smaller ones cost more calls and leave more garbage, larger ones leave the processor's cache. */
const READ_BYTES = 256 * 2 ** 10
const IDLE_MS = 30_000
const NULL_BODY = new Set([204, 205, 304])

/**
 * `fetch` on Node's own HTTP client, for GET and HEAD with answers that are not decoded. Three things it has that the
 * built-in `fetch` has not: it honours `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of `env`; it reads into one buffer for
 * each connection, so that a body of gigabytes makes no garbage to speak of; and a chunk's memory may be given back
 * (`releaseChunk`). Redirects are never followed.
 */
export function createHttpFetch(env: Environment): typeof fetch {
  const direct = agentsFor(undefined)
  const proxy = proxyVariables(env)
  const proxied = proxy === undefined ? direct : agentsFor(proxy)
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : String(input))
    const signal = init.signal ?? undefined
    signal?.throwIfAborted()
    // This computer means this computer: no proxy could reach it.
    const agents = isLoopback(url) ? direct : proxied
    const message = await send(url, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      agent: url.protocol === 'https:' ? agents.https : agents.http,
      ...(signal && { signal }),
    })
    return responseOf(message, url, signal)
  }
}

interface Agents {
  readonly http: HttpAgent
  readonly https: HttpsAgent
}

/** Idle connections do not keep the process alive: an unused socket of an agent is unreferenced. */
function agentsFor(proxy: Environment | undefined): Agents {
  const options: AgentOptions & { proxyEnv?: Environment } = {
    keepAlive: true,
    timeout: IDLE_MS,
    scheduling: 'lifo',
    ...(proxy !== undefined && { proxyEnv: proxy }),
  }
  // Node makes the tunnel itself; its sockets are its own business then.
  return proxy === undefined
    ? { http: new FrugalHttpAgent(options), https: new FrugalHttpsAgent(options) }
    : { http: new HttpAgent(options), https: new HttpsAgent(options) }
}

/** Only what is about proxies; `undefined` when nothing is. Node reads both spellings, the lower case first. */
function proxyVariables(env: Environment): Environment | undefined {
  const names = ['http_proxy', 'https_proxy', 'no_proxy']
  const found = Object.entries(env).filter(([name, value]) => names.includes(name.toLowerCase()) && value)
  return found.some(([name]) => name.toLowerCase() !== 'no_proxy') ? Object.fromEntries(found) : undefined
}

class FrugalHttpAgent extends HttpAgent {
  override createConnection(options: RequestOptions): Socket {
    return readFrugally((more) => super.createConnection({ ...options, ...more }) as Socket) // net.connect's own
  }
}

class FrugalHttpsAgent extends HttpsAgent {
  override createConnection(options: RequestOptions): Socket {
    return readFrugally((more) => super.createConnection({ ...options, ...more }) as Socket) // tls.connect's own
  }
}

/** A socket that reads into one buffer. The parser copies what it keeps before the next read can overwrite it. */
function readFrugally(connect: (options: object) => Socket): Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const socket = connect({
    onread: {
      buffer,
      callback: (length: number): boolean => {
        socket.emit('data', buffer.subarray(0, length))
        return true
      },
    },
  })
  return socket
}

function send(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve)
    request.on('error', reject)
    request.end()
  })
}

function responseOf(message: IncomingMessage, url: URL, signal: AbortSignal | undefined): Response {
  const status = message.statusCode ?? 0
  const headers = new Headers()
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '')
  }
  const hasBody = !NULL_BODY.has(status)
  if (!hasBody) message.resume()
  const response = new Response(hasBody ? bodyStream(message, signal) : null, { status, headers })
  // Errors of the hub library name the address; the constructor has no way to say it.
  Object.defineProperty(response, 'url', { value: url.href })
  return response
}
