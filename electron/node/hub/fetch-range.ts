import { type ByteRange } from '#shared/hub/byte-ranges'
import { type HubClient } from './client'
import { HubError, statusError } from './hub-error'

export interface RangeRequest {
  readonly url: string
  readonly range: ByteRange
  /** Size of the whole file, from the listing. */
  readonly bytes: number
  /** Strong validator of the version whose bytes are on the disk. */
  readonly etag?: string
  readonly signal: AbortSignal
}

export interface RangeBody {
  /** The server sends the whole file from its beginning instead of the range. */
  readonly whole: boolean
  readonly body: ReadableStream<Uint8Array>
  readonly etag?: string
}

const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+|\*)$/

/**
 * Asks for a range and believes only an answer that fits: 206 with exactly that range of a file of that size, or 200
 * with the whole file (the server ignores ranges, or the file changed). Throws HubError.
 */
export async function fetchRange(client: HubClient, request: RangeRequest): Promise<RangeBody> {
  const { range, bytes, etag } = request
  const headers = new Headers({ range: `bytes=${range[0]}-${range[1] - 1}` })
  if (etag !== undefined) headers.set('if-range', etag)
  const response = await client.fetch(request.url, { headers, signal: request.signal })
  const refuse = async (error: HubError) => {
    await response.body?.cancel()
    throw error
  }
  if (response.status !== 206 && response.status !== 200) {
    return refuse(new HubError(statusError(response.status, 'This file', response.headers.get('retry-after'))))
  }
  if (response.headers.get('content-encoding') !== null && response.headers.get('content-encoding') !== 'identity') {
    return refuse(wrong('The hub sends the file compressed, so its ranges mean nothing.'))
  }
  if (response.body === null) throw wrong('The hub sends no content.')
  const found = strongEtag(response.headers.get('etag'))
  const more = found === undefined ? {} : { etag: found }
  if (response.status === 200) {
    const length = response.headers.get('content-length')
    if (length !== null && Number(length) !== bytes) return refuse(wrongSize(Number(length), bytes))
    return { whole: true, body: response.body, ...more }
  }
  const sent = CONTENT_RANGE.exec(response.headers.get('content-range') ?? '')
  if (sent !== null && sent[3] !== '*' && Number(sent[3]) !== bytes) return refuse(wrongSize(Number(sent[3]), bytes))
  if (sent === null || Number(sent[1]) !== range[0] || Number(sent[2]) !== range[1] - 1) {
    return refuse(wrong('The hub sends another range than the one asked for.'))
  }
  return { whole: false, body: response.body, ...more }
}

/** A weak validator promises nothing about bytes and may not stand in `If-Range`. */
function strongEtag(value: string | null): string | undefined {
  return value !== null && /^"[^"]*"$/.test(value) ? value : undefined
}

function wrong(message: string): HubError {
  return new HubError({ code: 'NETWORK', message, hint: 'Try again; another mirror may do better.' })
}

function wrongSize(sent: number, expected: number): HubError {
  return new HubError({
    code: 'CHANGED_WHILE_READING',
    message: `The hub announces ${sent} bytes, its listing says ${expected}.`,
    hint: 'The file changed on the hub. Look the repository up again.',
  })
}
