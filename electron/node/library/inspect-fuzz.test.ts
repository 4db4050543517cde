import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectionSchema } from '#shared/domain/inspection'
import { damagedDocument, damagedSafetensors } from '../../../e2e/models/arbitrary-files'
import { damagedGguf } from '../../../e2e/models/arbitrary-gguf'
import { inspectPath } from './inspect-path'

/** The short form of `npm run fuzz`, with a fixed seed. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('damaged files of every kind', () => {
  it.each<[string, fc.Arbitrary<Uint8Array | string>]>([
    ['model.gguf', damagedGguf],
    ['model.safetensors', damagedSafetensors],
    ['my-config.json', damagedDocument],
  ])('%s gives facts within the schema or a coded error with advice, never a throw', (name, damaged) => {
    let accepted = 0
    let refused = 0
    fc.assert(
      fc.property(damaged, (content) => {
        writeFileSync(join(folder, name), content)
        const read = inspectPath({ path: join(folder, name), collectedAt: '2026-01-01T00:00:00.000Z' })
        rmSync(join(folder, name))
        if (read.ok) {
          accepted += 1
          inspectionSchema.parse(JSON.parse(JSON.stringify(read.value)))
        } else {
          refused += 1
          expect(read.error).toMatchObject({ hint: expect.any(String), message: expect.any(String) })
        }
      }),
      { seed: 33, numRuns: 400 },
    )
    // A generator that makes only good or only hopeless files would prove nothing.
    expect(Math.min(accepted, refused)).toBeGreaterThan(20)
  })
})
