import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRegularFile, readFully, readSteadyFile } from './open-regular-file'
import { quoteForeign, ReadFault } from './read-fault'

const isWindows = process.platform === 'win32'
let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regular-'))
  path = join(folder, 'file')
  writeFileSync(path, 'content')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Reads the file, with something happening to it during the first `times` attempts. */
function readWhile(
  happens: () => void,
  times: number,
): { result: ReturnType<typeof readSteadyFile<string>>; attempts: number } {
  let attempts = 0
  const result = readSteadyFile(path, (file) => {
    attempts += 1
    const bytes = new Uint8Array(file.bytes)
    const done = readFully(file.descriptor, bytes, 0)
    if (attempts <= times) happens()
    return Buffer.from(bytes.subarray(0, done)).toString()
  })
  return { result, attempts }
}

describe('readSteadyFile', () => {
  const changes: readonly (readonly [string, () => void])[] = [
    ['grows', () => appendFileSync(path, '!')],
    ['is cut', () => truncateSync(path, 3)],
    ['is overwritten in place', () => writeFileSync(path, 'CONTENT')],
    [
      'is replaced by another file',
      () => {
        writeFileSync(join(folder, 'other'), 'replaced')
        renameSync(join(folder, 'other'), path)
      },
    ],
  ]

  it.each(changes)('reads again when the file %s once', (_, change) => {
    const { result, attempts } = readWhile(change, 1)
    expect(result.ok).toBe(true)
    expect(attempts).toBe(2)
  })

  it('gives up when the file keeps changing', () => {
    const { result, attempts } = readWhile(() => appendFileSync(path, '!'), 9)
    expect(result).toMatchObject({ ok: false, error: { code: 'CHANGED_WHILE_READING', path } })
    expect(attempts).toBe(2)
  })

  it('says that the file is gone when it is deleted meanwhile', () => {
    expect(readWhile(() => rmSync(path), 1).result).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })

  it('blames a change, not the content, when both show', () => {
    let attempts = 0
    const result = readSteadyFile(path, () => {
      attempts += 1
      if (attempts === 1) appendFileSync(path, '!')
      if (attempts === 1) throw new ReadFault('TRUNCATED', 'cut')
      return 'whole'
    })
    expect(result).toEqual({ ok: true, value: 'whole' })
  })

  it('lets a bug through', () => {
    expect(() => readSteadyFile(path, () => Object.assign(Object.create(null)).a.b)).toThrow(TypeError)
  })
})

describe.skipIf(isWindows)('openRegularFile', () => {
  it('refuses pipes, sockets, devices and folders without waiting', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const socket = join(folder, 'socket')
    const server = createServer().listen(socket)
    await new Promise((resolve) => server.once('listening', resolve))
    for (const special of [pipe, socket, folder, '/dev/zero', '/dev/null']) {
      expect(openRegularFile(special), special).toMatchObject({
        ok: false,
        error: { code: 'NOT_A_FILE', hint: expect.any(String) },
      })
    }
    await new Promise((resolve) => server.close(resolve))
  })

  it('codes links that lead nowhere or round in circles', () => {
    symlinkSync(join(folder, 'absent'), join(folder, 'dangling'))
    symlinkSync(join(folder, 'circle'), join(folder, 'circle'))
    expect(openRegularFile(join(folder, 'dangling'))).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    expect(openRegularFile(join(folder, 'circle'))).toMatchObject({ ok: false, error: { code: 'NOT_A_FILE' } })
    expect(openRegularFile(join(path, 'below'))).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })

  it.skipIf(process.getuid?.() === 0)('codes a file that may not be read (skipped for root, who may read all)', () => {
    chmodSync(path, 0)
    expect(openRegularFile(path)).toMatchObject({ ok: false, error: { code: 'PERMISSION_DENIED' } })
  })
})

describe('quoteForeign', () => {
  it.each([
    ['plain', '"plain"'],
    ['a\u202Eb\0c', '"a\\u{202e}b\\u{0}c"'],
    ['x'.repeat(100), `"${'x'.repeat(80)}…"`],
  ])('%j', (text, expected) => {
    expect(quoteForeign(text)).toBe(expected)
  })
})
