import { describe, expect, it } from 'vitest'
import { taskbarProgress } from './taskbar-progress'

const running = { state: 'running', done_bytes: 30, total_bytes: 100 } as const
const failed = { state: 'failed', done_bytes: 10, total_bytes: 50 } as const
const paused = { state: 'paused', done_bytes: 25, total_bytes: 100 } as const

describe('the bar at the task bar', () => {
  it('shows what runs, whatever else there is', () => {
    const items = [running, failed, { ...running, done_bytes: 90 }]
    expect(taskbarProgress({ items }, 'win32')).toEqual({ fraction: 0.6, mode: 'normal' })
  })

  it('has colours on Windows, and goes away elsewhere when nothing runs', () => {
    expect(taskbarProgress({ items: [paused, failed] }, 'win32')).toEqual({ fraction: 0.2, mode: 'error' })
    expect(taskbarProgress({ items: [paused] }, 'win32')).toEqual({ fraction: 0.25, mode: 'paused' })
    expect(taskbarProgress({ items: [paused, failed] }, 'linux')).toEqual({ fraction: -1, mode: 'none' })
  })

  it('is away without downloads, and never beyond its end', () => {
    expect(taskbarProgress({ items: [] }, 'win32').fraction).toBe(-1)
    expect(taskbarProgress({ items: [{ ...running, done_bytes: 101 }] }, 'linux').fraction).toBe(1)
  })
})
