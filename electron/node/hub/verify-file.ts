import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** What the hub says the content is. A git blob hash covers `blob <size>\0` and the content. */
export interface ExpectedContent {
  readonly bytes: number
  readonly sha256?: string
  readonly gitBlob?: string
}

export type Verification = 'sha256' | 'git_blob' | 'size_only' | 'wrong'

/** By what the content can be told to be right. */
export function methodOf({ sha256, gitBlob }: ExpectedContent): Exclude<Verification, 'wrong'> {
  if (sha256 !== undefined) return 'sha256'
  return gitBlob !== undefined ? 'git_blob' : 'size_only'
}

/** A hash that has taken what stands before the content; `undefined` when none was published. */
export function hashFor(expected: ExpectedContent): Hash | undefined {
  const method = methodOf(expected)
  if (method === 'size_only') return undefined
  const hash = createHash(method === 'sha256' || expected.gitBlob?.length === 64 ? 'sha256' : 'sha1')
  if (method === 'git_blob') hash.update(`blob ${expected.bytes}\0`)
  return hash
}

/** Whether the hash of the whole content is the published one. */
export function isExpected(hash: Hash, { sha256, gitBlob }: ExpectedContent): boolean {
  return hash.digest('hex') === (sha256 ?? gitBlob)
}

/** Reads the whole file and compares; without a published hash only the size was checked. Throws system errors. */
export async function verifyFile(
  path: string,
  expected: ExpectedContent,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void } = {},
): Promise<Verification> {
  const hash = hashFor(expected)
  if (hash === undefined) return 'size_only'
  const stream = createReadStream(path, { highWaterMark: 2 ** 20, ...(options.signal && { signal: options.signal }) })
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk)
    options.onBytes?.(chunk.length)
  }
  return isExpected(hash, expected) ? methodOf(expected) : 'wrong'
}
