import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentSecurityPolicy } from './csp'
import { bundlePath, serveBundle } from './serve-bundle'

let box: string
let root: string
beforeAll(() => {
  box = mkdtempSync(join(tmpdir(), 'headroom-bundle-'))
  root = join(box, 'renderer')
  mkdirSync(join(root, 'assets'), { recursive: true })
  writeFileSync(join(root, 'index.html'), '<p>page</p>')
  writeFileSync(join(root, 'assets', 'a.js'), 'x')
  writeFileSync(join(root, 'data.exe'), 'x')
  writeFileSync(join(box, 'secret.json'), '{}')
})
afterAll(() => rmSync(box, { recursive: true, force: true }))

const get = (url: string, method = 'GET'): Promise<Response> => serveBundle(root, 'window', { method, url })

describe('the app protocol', () => {
  it('serves the page with its type, the policy and nosniff', async () => {
    const page = await get('app://window/index.html')
    expect(page.status).toBe(200)
    expect(await page.text()).toBe('<p>page</p>')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await get('app://window/assets/a.js?v=1#x')).headers.get('content-type')).toContain('text/javascript')
    expect((await get('app://window/')).status).toBe(200)
  })

  it('has the policy of the security requirements, word for word', () => {
    expect(contentSecurityPolicy).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
  })

  it.each(['POST', 'HEAD', 'PUT', 'OPTIONS'])('refuses %s', async (method) => {
    const answer = await get('app://window/index.html', method)
    expect(answer.status).toBe(405)
    expect(answer.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
  })

  it.each([
    'app://window/..%2fsecret.json',
    'app://window/%2e%2e%2fsecret.json',
    'app://window/..%5csecret.json',
    'app://window/assets/..%2f..%2fsecret.json',
    'app://window/%252e%252e%252fsecret.json',
    'app://window//secret.json',
    'app://window/%2fetc%2fpasswd',
    'app://window/index.html%00.js',
    'app://window/C:%5cindex.html',
    'app://window/%',
    'app://window/data.exe',
    'app://window/missing.js',
    'app://window/assets',
    'app://other/index.html',
    'app://user@window/index.html',
    'not a url',
  ])('does not find %s', async (url) => {
    expect((await get(url)).status).toBe(404)
  })

  it('normalises dots that the URL itself resolves, and stays inside', () => {
    expect(bundlePath(root, 'window', 'app://window/../index.html')).toBe(join(root, 'index.html'))
  })
})
