import { describe, expect, it } from 'vitest'
import { type DownloadItem, type Lookup } from '#shared/ipc/downloads'
import { detailOf, downloadCommands, queueSummary, rateOf, spaceText, stagesOf, timeLeft } from './view-model'

const GIB = 2 ** 30
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
const lookup: Lookup = {
  repository: 'o/tiny',
  commit: 'a'.repeat(40),
  gated: false,
  has_config: true,
  variants: [],
  others: [],
  refused: 0,
  folder_label: '~/models',
  free_bytes: 10 * GIB,
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
  })

  it('says speed and time left, or the reason', () => {
    expect(rateOf({ ...item, bytes_per_second: 100 * 2 ** 20 })).toEqual(['100.0 MiB/s', '1 min 2 s left'])
    expect(rateOf({ ...item, state: 'failed', error: { code: 'UNAUTHORIZED', message: '' } })).toEqual([
      '401 from the hub',
    ])
    expect(timeLeft(4)).toBe('4 s')
    expect(timeLeft(7_500)).toBe('2 h 5 min')
  })
})

describe('the page', () => {
  it('sums the queue up', () => {
    const states = ['running', 'failed', 'waiting', 'failed'] as const
    expect(queueSummary({ items: states.map((state) => ({ ...item, state })) })).toBe(
      '1 running, 1 waiting, 2 need you',
    )
  })

  it('says whether there is room', () => {
    expect(spaceText(lookup, 4 * GIB)).toEqual({
      text: 'To ~/models: 4.0 GiB, 6.0 GiB free after the queue',
      fits: true,
    })
    expect(spaceText(lookup, 11 * GIB)).toMatchObject({ fits: false, text: 'To ~/models: 1.0 GiB too little room' })
  })

  it('gives the same as commands', () => {
    const wish = { labels: ['Q4_K_M', 'Q8_0 (x y)'], withArchitecture: false, endpoint: '', support: '' }
    expect(downloadCommands(lookup, wish)).toBe(
      `headroom download o/tiny@${'a'.repeat(40)} --weights Q4_K_M --no-architecture && ` +
        `headroom download o/tiny@${'a'.repeat(40)} --weights 'Q8_0 (x y)' --no-architecture`,
    )
  })
})
