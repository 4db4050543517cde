import { pathToFileURL } from 'node:url'
import { type ReadCount } from '../../electron/node/gguf/byte-source'
import { readGgufHeader } from '../../electron/node/gguf/read-gguf-header'

export const readerNames = ['headroom', '@huggingface/gguf', 'node-llama-cpp'] as const
export type ReaderName = (typeof readerNames)[number]

type Reader = (path: string) => Promise<unknown> | unknown

/** Loads a reader with everything it needs, so that a measurement holds reading alone. */
export async function loadReader(name: ReaderName, peerEntry: string | undefined, count?: ReadCount): Promise<Reader> {
  switch (name) {
    case 'headroom':
      return (path) => {
        const read = readGgufHeader(path, count)
        if (!read.ok) throw new Error(read.error.message)
      }
    case '@huggingface/gguf': {
      const { gguf } = await import('@huggingface/gguf')
      return (path) => gguf(path, { allowLocalFile: true })
    }
    case 'node-llama-cpp': {
      if (peerEntry === undefined) throw new Error('node-llama-cpp is not there')
      const { readGgufFileInfo } = await import(pathToFileURL(peerEntry).href)
      return (path) => readGgufFileInfo(path, { logWarnings: false })
    }
  }
}

export interface Measurement {
  readonly firstMs: number
  readonly warmMs: number
  /** Growth of the resident set over the first call, at its peak. */
  readonly growthBytes: number
  readonly bytesRead?: number
}

const WARM_CALLS = 9
/** Slow readers get fewer warm calls, so that the whole bench stays within minutes. */
const WARM_BUDGET_MS = 1_000

/** Body of the measuring process: one first call, then warm ones. */
export async function measure(name: ReaderName, path: string, peerEntry: string | undefined): Promise<Measurement> {
  const count = { bytes: 0, calls: 0 }
  const read = await loadReader(name, peerEntry, count)
  const before = Math.max(process.resourceUsage().maxRSS * 1024, process.memoryUsage().rss)
  const firstMs = await time(() => read(path))
  const growthBytes = process.resourceUsage().maxRSS * 1024 - before
  const bytesRead = count.bytes
  const warm: number[] = []
  for (let spent = 0; warm.length < WARM_CALLS && (warm.length < 2 || spent < WARM_BUDGET_MS); ) {
    const took = await time(() => read(path))
    warm.push(took)
    spent += took
  }
  warm.sort((left, right) => left - right)
  return {
    firstMs,
    warmMs: warm[Math.floor(warm.length / 2)] ?? Number.NaN,
    growthBytes,
    ...(name === 'headroom' && { bytesRead }),
  }
}

async function time(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
