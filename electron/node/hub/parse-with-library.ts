import { type LibraryResult } from '../gguf/library-header'
import { type HubClient } from './client'

/** The library wants an address; nothing is ever asked there. */
const ADDRESS = 'https://header.invalid/model.gguf'

/** A reader of the bytes of a header; throws what it throws. */
export type LibraryParser = (header: Uint8Array) => Promise<LibraryResult>

/**
 * `@huggingface/gguf` on bytes that are at hand: the one place that calls it. Its own fetch is replaced, so that the only
 * door to the network stays the hub client.
 */
export async function parseWithLibrary(header: Uint8Array): Promise<LibraryResult> {
  // Loaded when the first remote header comes: it takes longer than reading most local ones.
  const { gguf } = await import('@huggingface/gguf')
  return gguf(ADDRESS, { fetch: serve(header), typedMetadata: true })
}

/** Answers range requests from memory; what lies beyond the header is empty. */
function serve(bytes: Uint8Array): HubClient['fetch'] {
  return (_, init) => {
    const [, from = '0', to = '0'] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range') ?? '') ?? []
    const body = bytes.slice(Number(from), Number(to) + 1)
    return Promise.resolve(new Response(body, { status: 206 }))
  }
}
