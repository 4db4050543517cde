/// <reference lib="es2024.arraybuffer" />
import { type IncomingMessage } from 'node:http'

/** Chunks that may wait for their reader: enough to keep the network busy while the disk is. */
const CHUNKS_AHEAD = 4

/** The body of an answer; the connection is read no faster than the stream is. */
export function bodyStream(message: IncomingMessage, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  let isOver = false
  const once = (end: () => void) => () => {
    if (isOver) return
    isOver = true
    end()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        message.on('data', (chunk: Buffer) => {
          if (isOver) return
          controller.enqueue(chunk)
          if ((controller.desiredSize ?? 0) <= 0) message.pause()
        })
        message.on(
          'end',
          once(() => controller.close()),
        )
        message.on('error', (error) => once(() => controller.error(signal?.aborted ? signal.reason : error))())
        // An answer that ends early closes without an end.
        message.on(
          'close',
          once(() => controller.error(signal?.aborted ? signal.reason : brokenOff())),
        )
      },
      pull() {
        message.resume()
      },
      cancel() {
        isOver = true
        message.destroy()
      },
    },
    { highWaterMark: CHUNKS_AHEAD },
  )
}

function brokenOff(): Error {
  return Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' })
}

/**
 * Gives the memory of a chunk back at once. Left to the collector, tens of megabytes of them stand around, since what a
 * buffer holds outside the heap hardly counts for it.
 */
export function releaseChunk(chunk: Uint8Array): void {
  const { buffer } = chunk
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength && !buffer.detached) buffer.transfer(0)
}
