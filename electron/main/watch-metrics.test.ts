import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watchMetrics } from './watch-metrics'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-metrics-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('reports a log that appears and a log that grows, and nothing after it was stopped', async () => {
  const path = join(folder, 'metrics.jsonl')
  const looks = vi.fn(() => Promise.resolve(path))
  const changed = vi.fn()
  const stop = watchMetrics({ find: looks, everyMs: 5 }, changed)
  await vi.waitFor(() => expect(looks.mock.calls.length).toBeGreaterThan(2))
  expect(changed).not.toHaveBeenCalled()
  appendFileSync(path, '{"model": "a"}\n')
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1))
  appendFileSync(path, '{"model": "b"}\n')
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2))
  stop()
  appendFileSync(path, '{"model": "c"}\n')
  // A second watcher that has looked three times since shows that the first one had the time to.
  const later = vi.fn(() => Promise.resolve(path))
  const stopLater = watchMetrics({ find: later, everyMs: 5 }, () => undefined)
  await vi.waitFor(() => expect(later.mock.calls.length).toBeGreaterThan(2))
  stopLater()
  expect(changed).toHaveBeenCalledTimes(2)
})
