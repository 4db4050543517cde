import { readFile } from 'node:fs/promises'
import { extname, isAbsolute, join, relative } from 'node:path'
import { contentSecurityPolicy } from './csp'

const mimeTypes: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.woff2', 'font/woff2'],
  ['.json', 'application/json'],
])

export interface BundleRequest {
  readonly method: string
  readonly url: string
}

/** Answers a request of the window from the built files under `root`; everything else is refused. */
export async function serveBundle(root: string, host: string, request: BundleRequest): Promise<Response> {
  if (request.method !== 'GET') return answer(405, 'method not allowed', { allow: 'GET' })
  const path = bundlePath(root, host, request.url)
  const type = path === undefined ? undefined : mimeTypes.get(extname(path))
  if (path === undefined || type === undefined) return answer(404, 'not found')
  try {
    return answer(200, new Uint8Array(await readFile(path)), { 'content-type': type })
  } catch {
    // Which file is absent, and why, is nothing a page needs to know.
    return answer(404, 'not found')
  }
}

/** The file that a URL names, or nothing when it does not name one inside `root`. */
export function bundlePath(root: string, host: string, url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  if (parsed.host !== host || parsed.username !== '' || parsed.password !== '') return undefined
  const decoded = decodePath(parsed.pathname)
  if (decoded === undefined || hasUnsafePart(decoded)) return undefined
  const path = join(root, decoded === '/' ? 'index.html' : decoded)
  const inside = relative(root, path)
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? undefined : path
}

function decodePath(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return undefined
  }
}

/** After one decoding nothing may be left that a file system could read as another place. */
function hasUnsafePart(path: string): boolean {
  const hasForeignCharacter = path.includes('\0') || path.includes('\\') || path.includes('%') || path.includes(':')
  return hasForeignCharacter || path.includes('//') || path.split('/').includes('..')
}

function answer(
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  })
}
