import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gguf } from '@huggingface/gguf'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { damagedGguf, ggufSpec } from '../../../e2e/models/arbitrary-gguf'
import { buildGguf } from '../../../e2e/models/gguf-builder'
import { type GgufHeader, readGgufHeader } from './read-gguf-header'

const seed = 20_260_101

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gguf-oracle-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(bytes: Uint8Array): string {
  const path = join(folder, 'model.gguf')
  writeFileSync(path, bytes)
  return path
}

type Foreign = Awaited<ReturnType<typeof gguf>>

async function independent(path: string): Promise<Foreign | 'refused'> {
  try {
    return await gguf(path, { allowLocalFile: true })
  } catch {
    return 'refused'
  }
}

/** Metadata as the other reader has it, reduced to what ours keeps; counts and version are keys of its own there. */
function expectSame(ours: GgufHeader, theirs: Foreign): void {
  const own = new Set(['version', 'tensor_count', 'kv_count'])
  for (const [key, value] of Object.entries(theirs.metadata)) {
    if (own.has(key) || key === '__proto__') continue
    if (Array.isArray(value)) expect(ours.arrayLengths[key], key).toBe(value.length)
    const kept = ours.metadata[key]
    if (kept !== undefined) expect(kept, key).toEqual(plain(value))
  }
  const tensors = theirs.tensorInfos.map(({ name, shape, dtype }) => ({ name, dims: shape.map(Number), type: dtype }))
  expect(ours.tensors.map(({ name, dims, type }) => ({ name, dims, type }))).toEqual(tensors)
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  return typeof value === 'bigint' ? Number(value) : value
}

describe('our reader beside @huggingface/gguf', () => {
  it('reads every generated file, and to the same values', async () => {
    await fc.assert(
      fc.asyncProperty(ggufSpec, async (spec) => {
        const path = write(buildGguf(spec))
        const ours = readGgufHeader(path)
        if (!ours.ok) throw new Error(ours.error.message)
        const theirs = await independent(path)
        if (theirs === 'refused') throw new Error('the other reader refused a valid file')
        expectSame(ours.value, theirs)
      }),
      { seed, numRuns: 150 },
    )
  })

  it('never accepts a damaged file that the other refuses; what both accept is the same', async () => {
    let refused = 0
    await fc.assert(
      fc.asyncProperty(damagedGguf, async (bytes) => {
        const path = write(bytes)
        const ours = readGgufHeader(path)
        if (!ours.ok) {
          refused += 1
          expect(ours.error.hint).toBeDefined()
          return
        }
        const theirs = await independent(path)
        if (theirs === 'refused') throw new Error('accepted what the other reader refuses')
        // With a repeated key the first counts here, the last there.
        if (!ours.value.warnings.some((warning) => warning.includes('more than once'))) expectSame(ours.value, theirs)
      }),
      { seed, numRuns: 600 },
    )
    expect(refused).toBeGreaterThan(150)
  })
})
