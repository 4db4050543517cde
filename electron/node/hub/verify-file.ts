import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** What the hub says the content is. A git blob hash covers `blob <size>\0` and the content. */
export interface ExpectedContent {
  readonly bytes: number
  readonly sha256?: string
  readonly gitBlob?: string
}

export type Verification = 'sha256' | 'git_blob' | 'size_only' | 'wrong'

/** Reads the whole file and compares; without a published hash only the size was checked. Throws system errors. */
export async function verifyFile(
  path: string,
  expected: ExpectedContent,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void } = {},
): Promise<Verification> {
  const method = expected.sha256 !== undefined ? 'sha256' : expected.gitBlob !== undefined ? 'git_blob' : 'size_only'
  if (method === 'size_only') return method
  const hash = createHash(method === 'sha256' || expected.gitBlob?.length === 64 ? 'sha256' : 'sha1')
  if (method === 'git_blob') hash.update(`blob ${expected.bytes}\0`)
  const stream = createReadStream(path, { highWaterMark: 2 ** 20, ...(options.signal && { signal: options.signal }) })
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk)
    options.onBytes?.(chunk.length)
  }
  return hash.digest('hex') === (expected.sha256 ?? expected.gitBlob) ? method : 'wrong'
}
