import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { diskFileSystem } from './file-system'
import { acquireLock, type HeldLock, type LockOptions } from './lock'
import { type ProcessIdentity, type ProcessTable, systemProcesses } from './process-identity'
import { faultyFileSystem } from './testing/faulty-file-system'

let root = ''
let path = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-lock-'))
  path = join(root, 'lock')
})
afterEach(() => rmSync(root, { recursive: true }))

/** A world whose clock moves only while somebody waits, and then fast. */
function world(me: Partial<ProcessIdentity> = {}, state: ProcessTable['state'] = () => 'alive'): LockOptions {
  let time = 0
  const onSleep = async (milliseconds: number) => {
    time += milliseconds * 25
  }
  const self = { pid: 100, host: 'here', ...me }
  return { processes: { self, state }, monotonic: () => time, sleep: onSleep, waitMs: 5000, staleMs: 60_000 }
}

async function take(options: LockOptions): Promise<HeldLock> {
  const lock = await acquireLock(path, options)
  if (!lock.ok) throw new Error(lock.error.message)
  return lock.value
}

describe('acquireLock', () => {
  it('names its owner, holds off others and leaves nothing behind', async () => {
    const lock = await take(world({ pid: 7 }))
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: 7, host: 'here' })
    const second = await acquireLock(path, world())
    expect(second).toMatchObject({ error: { code: 'LOCKED', message: expect.stringContaining('process 7 on here') } })
    expect((await lock.check()).ok).toBe(true)
    await lock.release()
    expect(readdirSync(root)).toEqual([])
    await (await take(world())).release()
  })

  it('takes over at once from a holder that is gone, and refuses what the late holder still wants to commit', async () => {
    const late = await take(world({ pid: 7 }))
    const next = await take(world({ pid: 8 }, (owner) => (owner.pid === 7 ? 'gone' : 'alive')))
    expect(await late.check()).toMatchObject({ error: { code: 'LOCK_LOST' } })
    await late.release()
    expect((await next.check()).ok).toBe(true)
    await next.release()
    expect(readdirSync(root)).toEqual([])
  })

  it('takes over from another host only when the heartbeat stands still, whatever the clocks say', async () => {
    const far = await take(world({ pid: 7, host: 'there' }))
    const patient = world({}, () => 'unknown')
    let beats = 0
    const sleep = async (milliseconds: number) => {
      beats += 1
      // a heartbeat whose clock is years off still is one
      if (beats < 200) utimesSync(path, new Date(beats * 1000), new Date(beats * 1000))
      await patient.sleep?.(milliseconds)
    }
    const taken = await take({ ...patient, sleep, waitMs: 1e9 })
    expect(beats).toBeGreaterThan(200)
    expect(await far.check()).toMatchObject({ error: { code: 'LOCK_LOST' } })
    await taken.release()
    await far.release()
  })

  it('waits out a lock whose owner cannot be read', async () => {
    writeFileSync(path, '{"tok')
    expect(await acquireLock(path, world())).toMatchObject({ error: { code: 'LOCKED' } })
    await (await take({ ...world(), waitMs: 100_000 })).release()
  })

  it('lets only one of many waiters take over', async () => {
    await take(world({ pid: 7 }))
    const gone: ProcessTable['state'] = (owner) => (owner.pid === 7 ? 'gone' : 'alive')
    const held: HeldLock[] = []
    let most = 0
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const lock = await take({ ...world({ pid: 200 + index }, gone), waitMs: 1e9, staleMs: 1e12 })
        held.push(lock)
        most = Math.max(most, held.length)
        const checked = await lock.check()
        held.splice(held.indexOf(lock), 1)
        await lock.release()
        expect(checked.ok).toBe(true)
      }),
    )
    expect(most).toBe(1)
  })

  it('works without hard links, and says why when the folder cannot be written', async () => {
    const noLinks = faultyFileSystem(diskFileSystem, (_call, operation) => (operation === 'link' ? 'EPERM' : undefined))
    const lock = await take({ ...world(), fs: noLinks })
    expect(await acquireLock(path, { ...world(), fs: noLinks })).toMatchObject({ error: { code: 'LOCKED' } })
    await lock.release()
    const readOnly = faultyFileSystem(diskFileSystem, (_call, operation) =>
      operation === 'open create' ? 'EROFS' : undefined,
    )
    expect(await acquireLock(path, { ...world(), fs: readOnly })).toMatchObject({ error: { code: 'READ_ONLY' } })
  })
})

describe('systemProcesses', () => {
  it('knows itself, a reused pid, a dead pid and another host', () => {
    const table = systemProcesses()
    expect(table.state(table.self)).toBe('alive')
    expect(table.state({ ...table.self, pid: 0 })).toBe('gone')
    expect(table.state({ ...table.self, host: 'elsewhere' })).toBe('unknown')
    if (table.self.started !== undefined) expect(table.state({ ...table.self, started: 'other' })).toBe('gone')
  })
})
