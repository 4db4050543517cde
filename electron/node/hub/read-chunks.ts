import { HubError } from './hub-error'

/** Less than this, over a whole `stallMs` of nothing but waiting, is as good as a stall: another connection may do better. */
const LEAST_BYTES_PER_SECOND = 1024

/**
 * Chunks of a body, with a watchdog: no byte for `stallMs`, or hardly any, ends it with TIMEOUT. The body is always
 * released.
 */
export async function* readChunks(
  body: ReadableStream<Uint8Array>,
  { signal, stallMs }: { readonly signal: AbortSignal; readonly stallMs: number },
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  let end: (reason: unknown) => void = () => undefined
  const stopped = new Promise<never>((_, reject) => {
    end = reject
  })
  // Nobody may be waiting for it at the moment it happens.
  stopped.catch(() => undefined)
  // One timer and one listener for the whole body: made anew for each chunk they cost more than the chunk.
  let isWaiting = false
  const timer = setTimeout(() => isWaiting && end(stalled(stallMs)), stallMs)
  const onAbort = (): void => end(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const pace = new Pace(stallMs)
  try {
    for (;;) {
      // A slow taker of chunks is no stall: only waiting for the hub counts.
      isWaiting = true
      timer.refresh()
      const since = performance.now()
      const chunk = await Promise.race([reader.read(), stopped])
      isWaiting = false
      if (chunk.done) return
      if (pace.isTooSlow(performance.now() - since, chunk.value.length)) throw crawling(stallMs)
      yield chunk.value
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    await reader.cancel().catch(() => undefined) // it may have failed already, which is known by then
  }
}

function stalled(stallMs: number): HubError {
  return new HubError({
    code: 'TIMEOUT',
    message: `Nothing arrived for ${stallMs / 1000} s.`,
    hint: 'The download goes on by itself once the network does.',
  })
}

/** Bytes against the time spent waiting for them, one `stallMs` of waiting after the other. */
class Pace {
  private waitedMs = 0
  private bytes = 0

  constructor(private readonly stallMs: number) {}

  isTooSlow(waitedMs: number, bytes: number): boolean {
    this.waitedMs += waitedMs
    this.bytes += bytes
    if (this.waitedMs < this.stallMs) return false
    const isTooSlow = this.bytes < (this.waitedMs / 1000) * LEAST_BYTES_PER_SECOND
    this.waitedMs = 0
    this.bytes = 0
    return isTooSlow
  }
}

function crawling(stallMs: number): HubError {
  return new HubError({
    code: 'TIMEOUT',
    message: `Hardly anything arrived for ${stallMs / 1000} s.`,
    hint: 'The download goes on by itself over a new connection.',
  })
}
