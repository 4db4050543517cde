import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkGrantedPath } from './granted-path'

let box: string
beforeEach(() => {
  box = realpathSync(mkdtempSync(join(tmpdir(), 'headroom-path-')))
})
afterEach(() => rmSync(box, { recursive: true, force: true }))

it('accepts a file and a folder, and follows a link to the real place', async () => {
  writeFileSync(join(box, 'a.gguf'), '')
  symlinkSync('a.gguf', join(box, 'link'))
  expect(await checkGrantedPath(join(box, 'a.gguf'))).toEqual({ ok: true, value: join(box, 'a.gguf') })
  expect(await checkGrantedPath(join(box, 'link'))).toEqual({ ok: true, value: join(box, 'a.gguf') })
  expect(await checkGrantedPath(box)).toEqual({ ok: true, value: box })
})

it('refuses what is neither, what is gone, a loop of links, and paths that are not paths', async () => {
  symlinkSync('loop', join(box, 'loop'))
  const codeOf = async (path: string): Promise<string> => {
    const checked = await checkGrantedPath(path)
    return checked.ok ? 'ok' : checked.error.code
  }
  expect(await codeOf(join(box, 'gone'))).toBe('NOT_FOUND')
  expect(await codeOf(join(box, 'loop'))).toBe('NOT_A_FILE')
  expect(await codeOf('relative.gguf')).toBe('BAD_REQUEST')
  expect(await codeOf(`${box}/a\0b`)).toBe('BAD_REQUEST')
})

it.skipIf(process.platform === 'win32')('refuses a FIFO without opening it', async () => {
  execFileSync('mkfifo', [join(box, 'pipe')])
  expect(await checkGrantedPath(join(box, 'pipe'))).toMatchObject({ ok: false, error: { code: 'NOT_A_FILE' } })
})
