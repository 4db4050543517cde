import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLineText, followFileLines } from './follow-lines'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-follow-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Follows until `last` is seen; every line seen triggers the next step, so that nothing depends on time. */
async function follow(steps: Readonly<Record<string, () => void>>, last: string) {
  const seen: string[] = []
  const result = await followFileLines(
    join(folder, 'log'),
    (line) => {
      seen.push(line)
      steps[line]?.()
    },
    { isDone: () => seen.includes(last), signal: new AbortController().signal, pollMs: 5 },
  )
  return { seen, ok: result.ok }
}

describe('followFileLines', () => {
  it('reads on as the file grows, lines written in parts included', async () => {
    const path = join(folder, 'log')
    writeFileSync(path, 'one\n')
    const steps = { one: () => appendFileSync(path, 'two\nthr'), two: () => appendFileSync(path, 'ee\n') }
    expect(await follow(steps, 'three')).toEqual({ seen: ['one', 'two', 'three'], ok: true })
  })

  it('starts again with the file that a rotation puts in its place, and after a cut', async () => {
    const path = join(folder, 'log')
    writeFileSync(path, 'old line\n')
    const steps = {
      'old line': () => {
        renameSync(path, `${path}.1`)
        writeFileSync(path, 'a new log, longer than the old one\n')
      },
      'a new log, longer than the old one': () => writeFileSync(path, 'cut\n'),
    }
    const { seen } = await follow(steps, 'cut')
    expect(seen).toEqual(['old line', 'a new log, longer than the old one', 'cut'])
  })

  it('stops when it is cancelled, and says when there is nothing', async () => {
    const options = { isDone: () => false, signal: AbortSignal.abort() }
    writeFileSync(join(folder, 'log'), '')
    const ignore = () => undefined
    expect(await followFileLines(join(folder, 'log'), ignore, options)).toMatchObject({ error: { code: 'CANCELLED' } })
    const patient = { ...options, signal: new AbortController().signal }
    expect(await followFileLines(join(folder, 'no'), ignore, patient)).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })
})

describe('createLineText', () => {
  it('keeps characters whole over pieces', () => {
    const lines: string[] = []
    const text = createLineText((line) => lines.push(line))
    for (const byte of Buffer.from('é模\n🙂')) text.add(Uint8Array.of(byte))
    text.end()
    expect(lines).toEqual(['é模', '🙂'])
  })
})
