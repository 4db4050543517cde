import { createHash } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gitBlobHash } from '../../../e2e/hub/hub-server'
import { RunningHash } from './running-hash'

const content = Buffer.from(
  Uint8Array.from({ length: 5 * 2 ** 20 + 17 }, (_, index) => (index * 11 + (index >> 9)) & 255),
)
const sha256 = createHash('sha256').update(content).digest('hex')
const signal = new AbortController().signal
let folder: string
let path: string
let hashes: RunningHash[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-hash-'))
  path = join(folder, 'w.part')
  writeFileSync(path, content)
  hashes = []
})
afterEach(async () => {
  for (const hash of hashes) await hash.close()
  rmSync(folder, { recursive: true, force: true })
})

function hashOf(expected: { readonly sha256?: string; readonly gitBlob?: string }, onBytes?: (bytes: number) => void) {
  const hash = new RunningHash(path, { bytes: content.length, ...expected }, onBytes)
  hashes.push(hash)
  return hash
}

describe('RunningHash', () => {
  it.each([
    ['all at once', []],
    ['behind a front that moves', [1, 2 ** 20, 2 ** 20 + 1, 4 * 2 ** 20]],
  ])('is the hash of the whole file, %s', async (_, fronts) => {
    const seen: number[] = []
    const hash = hashOf({ sha256 }, (bytes) => seen.push(bytes))
    for (const front of fronts) {
      hash.advance(front)
      await new Promise((next) => setImmediate(next))
      expect(hash.doneBytes).toBeLessThanOrEqual(front)
    }
    expect(await hash.finish(signal)).toBe('sha256')
    expect(seen.at(-1)).toBe(content.length)
    expect(await hash.isSameFile()).toBe(true)
  })

  it('knows git blobs, wrong content, and that nothing was published', async () => {
    expect(await hashOf({ gitBlob: gitBlobHash(content) }).finish(signal)).toBe('git_blob')
    expect(await hashOf({ sha256: 'a'.repeat(64) }).finish(signal)).toBe('wrong')
    expect(await hashOf({}).finish(signal)).toBe('size_only')
  })

  it('begins anew when the front goes back, wherever it had come to', async () => {
    for (const turns of [0, 1, 2, 5, 20]) {
      writeFileSync(path, Buffer.alloc(content.length, 7))
      const hash = hashOf({ sha256 })
      hash.advance(content.length)
      for (let turn = 0; turn < turns; turn++) await new Promise((next) => setImmediate(next))
      hash.advance(0)
      writeFileSync(path, content)
      expect(await hash.finish(signal)).toBe('sha256')
    }
  })

  it('sees that another file was put in its place', async () => {
    const hash = hashOf({ sha256 })
    expect(await hash.finish(signal)).toBe('sha256')
    writeFileSync(join(folder, 'other'), Buffer.alloc(content.length))
    renameSync(join(folder, 'other'), path)
    expect(await hash.isSameFile()).toBe(false)
  })

  it('stops when asked, and says when the file is gone or too short', async () => {
    const stop = new AbortController()
    const stopped = hashOf({ sha256 })
    stop.abort(new Error('stop'))
    await expect(stopped.finish(stop.signal)).rejects.toThrow('stop')
    writeFileSync(path, content.subarray(0, 100))
    await expect(hashOf({ sha256 }).finish(signal)).rejects.toMatchObject({ code: 'EIO' })
    rmSync(path)
    await expect(hashOf({ sha256 }).finish(signal)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
