import { HubError } from './hub-error'

/** Chunks of a body, with a watchdog: no byte for `stallMs` ends it with TIMEOUT. The body is always released. */
export async function* readChunks(
  body: ReadableStream<Uint8Array>,
  { signal, stallMs }: { readonly signal: AbortSignal; readonly stallMs: number },
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const chunk = await withWatchdog(reader, { signal, stallMs })
      if (chunk.done) return
      yield chunk.value
    }
  } finally {
    await reader.cancel().catch(() => undefined) // it may have failed already, which is known by then
  }
}

async function withWatchdog(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { signal, stallMs }: { readonly signal: AbortSignal; readonly stallMs: number },
) {
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  const stopped = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new HubError({
          code: 'TIMEOUT',
          message: `Nothing arrived for ${stallMs / 1000} s.`,
          hint: 'The download goes on by itself once the network does.',
        }),
      )
    }, stallMs)
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
  try {
    return await Promise.race([reader.read(), stopped])
  } finally {
    clearTimeout(timer)
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
}
