import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HubServer, startHubServer } from '../../../e2e/hub/hub-server'
import { createHubClient, type HubClient } from './client'
import { fetchRange } from './fetch-range'
import { hubFailure } from './hub-error'
import { openHub } from './open-hub'
import { readChunks } from './read-chunks'
import { readRepository } from './repository'

const commit = 'a'.repeat(40)
const content = Buffer.from('the content of a small file')
let hub: HubServer
let servers: Server[]
let folder: string

beforeEach(async () => {
  hub = await startHubServer([{ id: 'o/m', commit, files: [{ path: 'w.bin', content, lfs: true }] }])
  servers = []
  folder = mkdtempSync(join(tmpdir(), 'headroom-network-'))
})
afterEach(async () => {
  await hub.close()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  rmSync(folder, { recursive: true, force: true })
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port // a server that listens on TCP
}

/** A proxy that makes tunnels to this computer, whatever the name, and remembers what it was asked for. */
async function startProxy(answer = 200) {
  const asked: string[] = []
  const sockets: Socket[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(502).end()
  })
  server.on('connect', (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`)
    if (answer !== 200) return socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`)
    const port = Number(/:(\d+)$/.exec(request.url ?? '')?.[1])
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    sockets.push(socket, onward)
    const close = (): void => void [socket.destroy(), onward.destroy()]
    for (const end of [socket, onward]) end.on('error', close)
  })
  const port = await listening(server)
  return { url: `http://127.0.0.1:${port}`, asked, close: () => void sockets.map((socket) => socket.destroy()) }
}

/** A server with a certificate that nobody trusts; `undefined` where none can be made. */
async function startUntrusted(answer: RequestListener = (_, response) => response.end('secret')) {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const words =
    `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,DNS:hub.invalid -keyout ${key} -out ${cert}`.split(
      ' ',
    )
  if (spawnSync('openssl', words).status !== 0) return undefined
  const options = { key: readFileSync(key), cert: readFileSync(cert) }
  return listening(createTlsServer(options, answer))
}

async function problemOf(client: HubClient) {
  const found = await readRepository(client, { id: 'o/m' })
  if (found.ok) throw new Error('it should have failed')
  return found.error
}

describe('what can be wrong with a network', () => {
  it('says that a certificate is not trusted, and sends nothing', async (test) => {
    const port = await startUntrusted()
    if (port === undefined) return test.skip('openssl is not installed')
    const error = await problemOf(createHubClient({ endpoint: `https://localhost:${port}`, env: {}, token: 'canary' }))
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringContaining('certificate') })
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS')
  })

  it('says that a name cannot be resolved', async () => {
    const error = await problemOf(createHubClient({ endpoint: 'https://hub.invalid', env: {} }))
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringContaining('resolved') })
  }, 60_000)

  it('says that a connection is refused', async () => {
    const { url } = hub
    await hub.close()
    expect(await problemOf(createHubClient({ endpoint: url, env: {} }))).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('refuses'),
    })
    hub = await startHubServer([])
  })

  it('says that a server which speaks something else is none', async () => {
    const server = createServer()
    server.on('connection', (socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
    const port = await listening(server)
    expect(await problemOf(createHubClient({ endpoint: `http://127.0.0.1:${port}`, env: {} }))).toMatchObject({
      code: 'NETWORK',
    })
  })
})

describe('https', () => {
  const bytes = 5 * 2 ** 20
  const body = Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => (index * 7 + (index >> 10)) & 255))
  const answerRange: RequestListener = (request, response) => {
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const part = body.subarray(Number(from), Number(to) + 1)
    response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${bytes}`, 'content-length': part.length })
    response.end(part)
  }

  it.each(['directly', 'through a proxy'])(
    'brings every byte, %s',
    async (way) => {
      const before = getCACertificates('default')
      const port = await startUntrusted(answerRange)
      if (port === undefined) return
      const proxy = await startProxy()
      setDefaultCACertificates([...before, readFileSync(join(folder, 'cert.pem'), 'utf8')])
      try {
        const isDirect = way === 'directly'
        const endpoint = `https://${isDirect ? 'localhost' : 'hub.invalid'}:${port}`
        const client = createHubClient({ endpoint, env: isDirect ? {} : { HTTPS_PROXY: proxy.url } })
        const chunks: Uint8Array[] = []
        for (const range of [[0, 2_000_000] as const, [2_000_000, bytes] as const]) {
          const { signal } = new AbortController()
          const answer = await fetchRange(client, { url: `${endpoint}/f`, range, bytes, signal })
          for await (const chunk of readChunks(answer.body, { signal, stallMs: 30_000 }))
            chunks.push(Buffer.from(chunk))
        }
        expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0)
        expect(proxy.asked.length > 0).toBe(!isDirect)
      } finally {
        setDefaultCACertificates(before)
        proxy.close()
      }
    },
    60_000,
  )
})

describe('proxies of the environment', () => {
  it.each(['HTTPS_PROXY', 'https_proxy'])(
    'makes a tunnel through %s, so that it sees neither token nor content',
    async (name) => {
      const port = await startUntrusted()
      const proxy = await startProxy()
      // The proxy leads every name to this computer; without openssl nobody answers there.
      const endpoint = `https://hub.invalid:${port ?? 9}`
      const opened = openHub({ endpoint, env: { [name]: proxy.url } })
      if (!opened.ok) throw new Error(opened.error.message)
      const { message } = await problemOf(opened.value)
      if (port !== undefined) expect(message).toContain('certificate')
      expect(proxy.asked).toEqual([`CONNECT hub.invalid:${port ?? 9}`])
      proxy.close()
    },
  )

  it('leaves it out for hosts of NO_PROXY', async () => {
    const proxy = await startProxy()
    const env = { HTTPS_PROXY: proxy.url, NO_PROXY: 'hub.invalid' }
    expect(await problemOf(createHubClient({ endpoint: 'https://hub.invalid', env }))).toMatchObject({
      message: expect.stringContaining('resolved'),
    })
    expect(proxy.asked).toEqual([])
  }, 60_000)

  it('never asks this computer through it', async () => {
    const proxy = await startProxy()
    const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url }
    const client = createHubClient({ endpoint: hub.url, env })
    expect(await readRepository(client, { id: 'o/m' })).toMatchObject({ ok: true, value: { commit } })
    expect(proxy.asked).toEqual([])
  })

  it('says when the proxy refuses', async () => {
    const proxy = await startProxy(403)
    const error = await problemOf(createHubClient({ endpoint: 'https://hub.invalid', env: { HTTPS_PROXY: proxy.url } }))
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringContaining('proxy') })
  })
})

describe('hubFailure', () => {
  it('keeps what it does not know visible', () => {
    const thrown = new TypeError('fetch failed', { cause: Object.assign(new Error('odd'), { code: 'EODD' }) })
    expect(hubFailure(thrown, 'o/m')).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('fetch failed'),
    })
  })
})
