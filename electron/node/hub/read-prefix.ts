import { type HubClient } from './client'
import { fetchRange } from './fetch-range'
import { HubError, hubFailure } from './hub-error'
import { readChunks } from './read-chunks'

/** A connection that was kept open may have been closed by the other side just when it is used again. */
const ATTEMPTS = 3

export interface PrefixRequest {
  readonly url: string
  /** Size of the whole file, from the listing. */
  readonly bytes: number
  readonly signal: AbortSignal
  readonly stallMs?: number
}

/** The growing beginning of a remote file; what is there is not fetched again. */
export class RemotePrefix {
  private have: Uint8Array = new Uint8Array()
  private etag: string | undefined

  constructor(
    private readonly client: HubClient,
    private readonly request: PrefixRequest,
  ) {}

  /** The first `wanted` bytes, or all of a shorter file. One range request, none when they are at
   * hand, another one when the connection breaks. Throws HubError. */
  async read(wanted: number): Promise<Uint8Array> {
    const end = Math.min(wanted, this.request.bytes)
    if (end <= this.have.length) return this.have.subarray(0, end)
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.fetch(end)
      } catch (error) {
        const isBroken = hubFailure(error, this.request.url).code === 'NETWORK' && !this.request.signal.aborted
        if (!isBroken || attempt >= ATTEMPTS) throw error
      }
    }
  }

  private async fetch(end: number): Promise<Uint8Array> {
    const start = this.have.length
    const { url, bytes, signal, stallMs = 30_000 } = this.request
    const validator = this.etag === undefined ? {} : { etag: this.etag }
    const answer = await fetchRange(this.client, { url, bytes, range: [start, end], signal, ...validator })
    this.etag = answer.etag ?? this.etag
    const from = answer.whole ? 0 : start
    const fresh = await collect(readChunks(answer.body, { signal, stallMs }), end - from)
    const joined = new Uint8Array(end)
    joined.set(this.have.subarray(0, from))
    joined.set(fresh, from)
    this.have = joined
    return joined
  }
}

/** Exactly `wanted` bytes; the rest of a body that is longer is not waited for. */
async function collect(chunks: AsyncIterable<Uint8Array>, wanted: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(wanted)
  let done = 0
  for await (const chunk of chunks) {
    const taken = chunk.subarray(0, wanted - done)
    bytes.set(taken, done)
    done += taken.length
    if (done === wanted) return bytes
  }
  throw new HubError({
    code: 'NETWORK',
    message: 'The hub stopped in the middle of the header.',
    hint: 'Try again.',
  })
}
