import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { watchMetrics } from './watch-metrics'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-watch-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const PATIENCE = { timeout: 25_000, interval: 5 }

describe('watchMetrics', () => {
  it('calls back when the log appears, grows, is turned over or is found elsewhere, and not before', async () => {
    const log = join(folder, 'log.jsonl')
    const own = join(folder, 'own.jsonl')
    let place = log
    let looks = 0
    let changes = 0
    const find = async (): Promise<string> => {
      looks += 1
      return place
    }
    const stop = watchMetrics({ find, everyMs: 2 }, () => {
      changes += 1
    })
    /** Two looks begun after this moment have seen what is there now. */
    const settle = async (): Promise<number> => {
      const from = looks
      await expect.poll(() => looks, PATIENCE).toBeGreaterThan(from + 2)
      const seen = changes
      changes = 0
      return seen
    }
    try {
      expect(await settle()).toBe(0)
      writeFileSync(log, '{}\n')
      expect(await settle()).toBeGreaterThan(0)
      expect(await settle()).toBe(0)
      appendFileSync(log, '{}\n')
      expect(await settle()).toBeGreaterThan(0)
      renameSync(log, `${log}.1`)
      writeFileSync(log, '{}\n{}\n')
      expect(await settle()).toBeGreaterThan(0)
      writeFileSync(own, '')
      place = own
      expect(await settle()).toBeGreaterThan(0)
      expect(await settle()).toBe(0)
    } finally {
      stop()
    }
  })
})
