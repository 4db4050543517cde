// One set-up at a time in a checkout: two would install into each other's half-written folders.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cacheDir } from './paths.mjs'
import { SetupProblem, say } from './report.mjs'

const lockFile = join(cacheDir, 'setup.lock')
const patienceMs = 15 * 60_000

/** Runs `work` while holding the checkout's lock; a lock left behind by a dead process is taken over. */
export async function withLock(work) {
  mkdirSync(cacheDir, { recursive: true })
  await acquire()
  try {
    return await work()
  } finally {
    rmSync(lockFile, { force: true })
  }
}

async function acquire() {
  const giveUpAt = Date.now() + patienceMs
  let announced = false
  while (!tryCreate()) {
    const holder = holderPid()
    if (holder !== undefined && !isAlive(holder)) {
      rmSync(lockFile, { force: true })
      continue
    }
    if (Date.now() > giveUpAt)
      throw new SetupProblem(`Another set-up holds ${lockFile}. Remove that file if none runs.`)
    if (!announced) say(`waiting for another set-up of this checkout (process ${holder ?? 'unknown'})`)
    announced = true
    await delay(250)
  }
}

function tryCreate() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Undefined while the holder has created the file but not yet written its number, or has just removed it. */
function holderPid() {
  try {
    const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10)
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
