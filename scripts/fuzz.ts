import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gguf } from '@huggingface/gguf'
import fc from 'fast-check'
import { inspectionSchema } from '#shared/domain/inspection'
import { damagedDocument, damagedSafetensors } from '../e2e/models/arbitrary-files'
import { damagedGguf } from '../e2e/models/arbitrary-gguf'
import { tinyLlamaConfig } from '../e2e/models/tiny-models'
import { createLibraryReader } from '../electron/node/gguf/library-reader'
import { readGgufHeader } from '../electron/node/gguf/read-gguf-header'
import { inspectPath } from '../electron/node/library/inspect-path'
import { inspectRemotePath } from '../electron/node/library/inspect-remote-path'

/**
 * `npm run fuzz [seconds] [seed]`: damaged model files until the time is over or something is found. Oracles: no throw,
 * no hang (a second for a small file), bounded memory, nothing accepted that an independent reader refuses, what is
 * accepted passes the schema. A failure prints the seed, and leaves the file with which it happened.
 */
const SLOW_MS = 1_000
const MAX_GROWTH_BYTES = 300 * 2 ** 20
const ROUND = 200
/** A folder of its own, so that no other target's file is part of the model. */
const MODEL = 'model'
/** Files beside a config that are read with it. */
const NEIGHBOURS = [
  'tokenizer_config.json',
  'generation_config.json',
  'quantize_config.json',
  'hf_quant_config.json',
  'vision_config.json',
  'recipe.yaml',
  'README.md',
] as const

const [seconds = 60, firstSeed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'headroom-fuzz-'))
const tally = { files: 0, accepted: 0, refused: 0, slowestMs: 0 }
const startRss = process.memoryUsage().rss

/** Runs the product on the file and checks what can be checked without knowing the right answer. */
function inspectOnce(path: string): boolean {
  const start = performance.now()
  const read = inspectPath({ path, collectedAt: '2026-01-01T00:00:00.000Z' })
  const took = performance.now() - start
  tally.slowestMs = Math.max(tally.slowestMs, took)
  tally.files += 1
  if (took > SLOW_MS) throw new Error(`took ${took.toFixed(0)} ms`)
  if (process.memoryUsage().rss - startRss > MAX_GROWTH_BYTES) throw new Error('memory grows')
  if (read.ok) {
    tally.accepted += 1
    inspectionSchema.parse(JSON.parse(JSON.stringify(read.value)))
  } else {
    tally.refused += 1
    if (read.error.hint === undefined) throw new Error(`no hint: ${read.error.message}`)
  }
  return read.ok
}

async function refusedByOther(path: string): Promise<boolean> {
  return gguf(path, { allowLocalFile: true }).then(
    () => false,
    () => true,
  )
}

/** The bytes between the length and the tensor data. */
function headerText(bytes: Uint8Array): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  return bytes.subarray(8, 8 + length)
}

const library = createLibraryReader()

/** A header from a hub goes through the library; it may be read with a warning more, never differently. */
async function readAsRemote(path: string): Promise<void> {
  const job = { path, collectedAt: '2026-01-01T00:00:00.000Z' }
  const local = inspectPath(job)
  const remote = await inspectRemotePath({ ...job, isRemote: true }, library)
  const plain = (read: typeof local): string =>
    JSON.stringify(read.ok ? { ...read.value, architecture: { ...read.value.architecture, warnings: [] } } : read.error)
  if (plain(local) !== plain(remote)) throw new Error(`read differently as a remote file: ${plain(remote)}`)
}

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return path
}

const targets: Readonly<Record<string, (seed: number) => Promise<void>>> = {
  gguf: (seed) =>
    fc.assert(
      fc.asyncProperty(damagedGguf, async (bytes) => {
        const path = write('model.gguf', bytes)
        inspectOnce(path)
        if (readGgufHeader(path).ok && (await refusedByOther(path))) throw new Error('accepted what another refuses')
        await readAsRemote(path)
      }),
      { seed, numRuns: ROUND },
    ),
  safetensors: async (seed) =>
    fc.assert(
      fc.property(damagedSafetensors, (bytes) => {
        const isAccepted = inspectOnce(write('model.safetensors', bytes))
        // The header is JSON in UTF-8 to every other reader, too; a throw is a finding.
        if (isAccepted) JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(headerText(bytes)))
      }),
      { seed, numRuns: ROUND },
    ),
  neighbours: async (seed) =>
    fc.assert(
      fc.property(damagedDocument, fc.constantFrom(...NEIGHBOURS), (text, name) => {
        const path = write(join(MODEL, name), text)
        // A broken neighbour is at most a warning.
        const isAccepted = inspectOnce(write(join(MODEL, 'config.json'), JSON.stringify(tinyLlamaConfig())))
        rmSync(path)
        if (!isAccepted) throw new Error(`${name} spoilt a good config`)
      }),
      { seed, numRuns: ROUND },
    ),
  config: async (seed) =>
    fc.assert(
      fc.property(damagedDocument, (text) => {
        inspectOnce(write('my-config.json', text))
      }),
      { seed, numRuns: ROUND },
    ),
}

const end = performance.now() + seconds * 1000
let failure: unknown
for (let seed = firstSeed; performance.now() < end && failure === undefined; seed++) {
  for (const [name, run] of Object.entries(targets)) {
    try {
      await run(seed)
    } catch (error) {
      failure = error
      process.stderr.write(`FOUND in ${name}, seed ${seed}; the last file is in ${folder}\n${String(error)}\n`)
      break
    }
  }
}
process.stdout.write(
  `${tally.files} files: ${tally.accepted} accepted, ${tally.refused} refused, slowest ${tally.slowestMs.toFixed(0)} ms, first seed ${firstSeed}\n`,
)
if (failure === undefined) rmSync(folder, { recursive: true })
process.exitCode = failure === undefined ? 0 : 1
