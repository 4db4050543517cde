import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HubServer, startHubServer } from '../../../e2e/hub/hub-server'
import { openPartFile } from '../files/part-file'
import { createHubClient } from './client'
import { downloadFile, type FileOptions } from './download-file'

const MIB = 2 ** 20
const content = Buffer.from(Uint8Array.from({ length: 12 * MIB }, (_, index) => (index * 13 + (index >> 12)) & 255))
const commit = 'a'.repeat(40)
const sha256 = createHash('sha256').update(content).digest('hex')
let hub: HubServer
let folder: string

beforeEach(async () => {
  hub = await startHubServer([{ id: 'o/m', commit, files: [{ path: 'w.bin', content, lfs: true }] }])
  folder = mkdtempSync(join(tmpdir(), 'headroom-disk-'))
})
afterEach(async () => {
  await hub.close()
  rmSync(folder, { recursive: true, force: true })
})

function run(more: Partial<FileOptions> = {}, place = folder) {
  const url = `${hub.url}/o/m/resolve/${commit}/w.bin`
  return downloadFile(
    { url, commit, bytes: content.length, sha256, target: join(place, 'w.bin') },
    {
      client: createHubClient({ endpoint: hub.url }),
      signal: new AbortController().signal,
      connections: 2,
      pieceBytes: 2 * MIB,
      backoffMs: () => 1,
      ...more,
    },
  )
}

/** A disk on which the n-th call of a kind fails, and every later one too. */
function failing(call: 'write' | 'flush', from: number, code: string): typeof openPartFile {
  return async (path, bytes) => {
    const part = await openPartFile(path, bytes)
    let count = 0
    const refuse = (): void => {
      count += 1
      if (count >= from)
        throw Object.assign(new Error(code), { code, syscall: call === 'write' ? 'write' : 'fdatasync' })
    }
    return {
      ...part,
      write: async (data, position) => {
        if (call === 'write') refuse()
        await part.write(data, position)
      },
      flush: async () => {
        if (call === 'flush') refuse()
        await part.flush()
      },
    }
  }
}

describe('a disk that fails in the middle', () => {
  it.each([
    ['write', 1, 'ENOSPC', 'DISK_FULL'],
    ['write', 4, 'ENOSPC', 'DISK_FULL'],
    ['write', 9, 'EDQUOT', 'DISK_FULL'],
    ['write', 3, 'EFBIG', 'DISK_FULL'],
    ['write', 5, 'EIO', 'IO'],
    ['write', 5, 'ENODEV', 'IO'],
    ['write', 2, 'EROFS', 'READ_ONLY'],
    ['flush', 1, 'ENOSPC', 'DISK_FULL'],
    ['flush', 1, 'EIO', 'IO'],
  ] as const)(
    '%s number %i answers %s: said as %s, nothing takes the name, and the rest comes later',
    async (call, from, system, code) => {
      const failed = await run({ openPart: failing(call, from, system) })
      expect(failed).toMatchObject({ ok: false, error: { code, message: expect.any(String) } })
      expect(readdirSync(folder)).not.toContain('w.bin')
      // Where not a byte arrived there is nothing to keep.
      if (call === 'flush' || from > 1) expect(readdirSync(folder)).toContain('w.bin.part')
      expect(await run()).toEqual({ ok: true, value: { verification: 'sha256', fetched: true } })
      expect(Buffer.compare(readFileSync(join(folder, 'w.bin')), content)).toBe(0)
      expect(readdirSync(folder)).toEqual(['w.bin'])
    },
  )

  it('fetches only what is missing once there is room again', async () => {
    await run({ connections: 1, openPart: failing('write', 7, 'ENOSPC') })
    hub.requests.length = 0
    expect(await run()).toMatchObject({ ok: true })
    expect(hub.requests.map(({ range }) => range)).not.toContain(`bytes=0-${2 * MIB - 1}`)
  })

  it('does the same on a real volume that is too small', async (test) => {
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder], { encoding: 'utf8' })
    if (mount.status !== 0) return test.skip('this user may not mount a small volume')
    try {
      writeFileSync(join(folder, 'mine.txt'), 'kept')
      const failed = await run({ connections: 1 })
      expect(failed).toMatchObject({ ok: false, error: { code: 'DISK_FULL', hint: expect.stringContaining('space') } })
      expect(readdirSync(folder)).toContain('w.bin.part')
      expect(readFileSync(join(folder, 'mine.txt'), 'utf8')).toBe('kept')
      expect(spawnSync('mount', ['-o', 'remount,size=64m', folder]).status).toBe(0)
      expect(await run()).toMatchObject({ ok: true, value: { fetched: true } })
      expect(Buffer.compare(readFileSync(join(folder, 'w.bin')), content)).toBe(0)
    } finally {
      spawnSync('umount', ['-l', folder])
    }
  })
})
