import { describe, expect, it } from 'vitest'
import { type DownloadItem } from '#shared/ipc/downloads'
import { detailOf, percentOf, queueSummary, rateOf, stagesOf, timeLeft } from './queue-view'

const GIB = 2 ** 30
const NOW = Date.UTC(2026, 0, 1)
const item: DownloadItem = {
  id: '1',
  title: 'Tiny Q4_K_M',
  repository: 'o/tiny',
  state: 'running',
  stage: 'downloading',
  done_bytes: 2 * GIB,
  total_bytes: 8 * GIB,
  files_done: 0,
  files: 2,
}

describe('a row of the queue', () => {
  it.each([
    [{}, '2.0 GiB of 8.0 GiB · o/tiny'],
    [{ state: 'paused' }, '2.0 GiB of 8.0 GiB · paused'],
    [{ state: 'waiting', done_bytes: 0 }, '8.0 GiB · starts when a slot is free'],
    [{ waiting_for: 'a.gguf' }, '2.0 GiB of 8.0 GiB · another program is downloading a.gguf; waiting for it'],
    [{ stage: 'verifying', files_done: 1, done_bytes: 0 }, '8.0 GiB · checking hashes, 1 of 2 files done'],
    [
      { state: 'failed', done_bytes: 0, error: { code: 'GATED', message: 'Gated.', hint: 'Accept it.' } },
      '8.0 GiB · Gated. Accept it.',
    ],
    [
      {
        state: 'waiting',
        done_bytes: 0,
        retry_at: '2026-01-01T00:00:00Z',
        error: { code: 'NETWORK', message: 'No way to the hub.' },
      },
      '8.0 GiB · No way to the hub. It is tried again by itself.',
    ],
  ] as const)('%j reads %s', (change, words) => {
    expect(detailOf({ ...item, ...change })).toBe(words)
  })

  it('names the bad file without the folders of this computer', () => {
    const error = {
      code: 'HASH_MISMATCH',
      message: 'Wrong.',
      path: '/home/somebody/models/a-00002.gguf.bad-1',
    } as const
    const words = detailOf({ ...item, state: 'failed', error })
    expect(words).toContain('a-00002.gguf had the wrong content. It is kept aside as a-00002.gguf.bad-1,')
    expect(words).not.toContain('somebody')
  })

  it('marks the step it is at, and the one that failed', () => {
    const tones = (change: Partial<DownloadItem>) => stagesOf({ ...item, ...change }).map(({ tone }) => tone)
    expect(tones({})).toEqual(['done', 'now', 'later', 'later', 'later'])
    expect(tones({ state: 'failed', stage: 'waiting', error: { code: 'HASH_MISMATCH', message: '' } })).toEqual([
      'done',
      'done',
      'bad',
      'later',
      'later',
    ])
    expect(tones({ state: 'paused', stage: 'waiting' })).toEqual(['done', 'now', 'later', 'later', 'later'])
    expect(tones({ state: 'waiting', stage: 'waiting', done_bytes: 0 })[0]).toBe('now')
  })

  it('says speed and time left, or the reason and when it is tried again', () => {
    expect(rateOf({ ...item, bytes_per_second: 100 * 2 ** 20 }, NOW)).toEqual(['100 MiB/s', '1 min 2 s left'])
    expect(rateOf({ ...item, state: 'failed', error: { code: 'UNAUTHORIZED', message: '' } }, NOW)).toEqual([
      '401 from the hub',
    ])
    const retrying = { ...item, state: 'waiting', retry_at: new Date(NOW + 14_200).toISOString() } as const
    expect(rateOf({ ...retrying, error: { code: 'NETWORK', message: '' } }, NOW)).toEqual([
      'no connection',
      'again in 15 s',
    ])
    expect(rateOf({ ...item, bytes_per_second: 412.4 * 2 ** 20 }, NOW)[0]).toBe('412 MiB/s')
    expect(rateOf({ ...item, bytes_per_second: 2000 }, NOW)[0]).toBe('2 KiB/s')
    expect(timeLeft(4)).toBe('4 s')
    expect(timeLeft(7_500)).toBe('2 h 5 min')
    expect(timeLeft(200_000)).toBe('2 d 7 h')
  })

  it('is at 100 % only when nothing is missing', () => {
    expect(percentOf({ ...item, done_bytes: 8 * GIB - 1 })).toBe(99)
    expect(percentOf({ ...item, done_bytes: 8 * GIB })).toBe(100)
  })

  it('that paused itself says why and counts as one that needs somebody', () => {
    const error = { code: 'DISK_FULL', message: 'The volume is full.', hint: 'Free some space.' } as const
    const full: DownloadItem = { ...item, state: 'paused', stage: 'waiting', error }
    expect(detailOf(full)).toBe('2.0 GiB of 8.0 GiB · paused: The volume is full. Free some space.')
    expect(stagesOf(full).map(({ tone }) => tone)).toEqual(['done', 'bad', 'later', 'later', 'later'])
    expect(rateOf(full, NOW)).toEqual(['disk is full'])
    expect(queueSummary({ items: [full, { ...item, state: 'paused' }] })).toBe('1 paused, 1 needs you')
  })

  it('is summed up with the others', () => {
    const states = ['running', 'failed', 'waiting', 'failed'] as const
    expect(queueSummary({ items: states.map((state) => ({ ...item, state })) })).toBe(
      '1 running, 1 waiting, 2 need you',
    )
  })
})
