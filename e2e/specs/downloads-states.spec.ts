import { type DownloadItem, type DownloadsState } from '../../shared/ipc/downloads'
import { violationsOf } from '../fixtures/axe'
import { expect, test } from '../fixtures/hub-test'
import { type Headroom } from '../fixtures/launch'
import { looks, photograph, setLook } from '../fixtures/screenshots'

const GIB = 2 ** 30
const base = {
  repository: 'unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF',
  folder_label: '~/models',
  files_done: 0,
  files: 3,
} as const

function item(id: string, title: string, more: Partial<DownloadItem>): DownloadItem {
  const usual = { state: 'running', stage: 'downloading', done_bytes: 11 * GIB, total_bytes: 17.3 * GIB } as const
  return { ...base, ...usual, id, title, ...more }
}

/** Every state that a row can be in. */
const items: readonly DownloadItem[] = [
  item('1', 'Qwen3-Coder-30B-A3B-Instruct-GGUF Q4_K_M', { bytes_per_second: 82.4 * 2 ** 20 }),
  item('2', 'Qwen3-30B-A3B-FP8 safetensors', { stage: 'verifying', files_done: 2, bytes_per_second: 412 * 2 ** 20 }),
  item('3', 'Mistral-Small-24B-AWQ safetensors', { stage: 'reading', files_done: 3 }),
  item('4', 'gemma-3-27b-it-qat Q4_0', { stage: 'registering', files_done: 3 }),
  item('5', 'Llama-3.2-1B Q8_0', { waiting_for: 'Llama-3.2-1B-Q8_0.gguf' }),
  item('6', 'phi-4-mini-instruct safetensors', { state: 'waiting', stage: 'waiting', done_bytes: 0 }),
  item('7', 'granite-4.0-h-small Q5_K_M', { state: 'paused', stage: 'waiting' }),
  item('8', 'SmolLM3-3B BF16', {
    state: 'waiting',
    stage: 'waiting',
    retry_at: new Date(Date.now() + 150_000).toISOString(),
    error: { code: 'NETWORK', message: 'The connection broke.', hint: 'Try again; it goes on where it stopped.' },
  }),
  item('9', 'DeepSeek-V3.1-Terminus UD-Q2_K_XL', {
    state: 'paused',
    stage: 'waiting',
    error: {
      code: 'DISK_FULL',
      message: 'The volume has 3.1 GiB free; 246.0 GiB are needed, 17.3 GiB of it for downloads before this one.',
      hint: 'Free some space, or choose a folder on another volume.',
    },
  }),
  item('10', 'Llama-3.3-70B-Instruct-FP8 safetensors', {
    state: 'failed',
    stage: 'waiting',
    done_bytes: 0,
    error: { code: 'GATED', message: 'It is gated or private.', hint: 'Accept its licence, then give a token.' },
  }),
  item('11', 'contracts-7b-gptq safetensors', {
    state: 'failed',
    stage: 'waiting',
    error: { code: 'HASH_MISMATCH', message: 'Wrong.', path: '/m/model-00002-of-00003.safetensors.bad-1' },
  }),
]

const state: DownloadsState = {
  items: [...items],
  finished: [
    finished('a', 'Qwen3-8B-AWQ', { verified: true }),
    finished('b', 'old-7b-gptq', { verified: false, size_only: 2, with_architecture: false }),
    finished('c', 'mixed-3b', {
      verified: false,
      size_only: 1,
      warnings: ['Missing files were not taken from o/base.', 'b'],
    }),
  ],
  token: { stored: false, store: 'encrypted' },
  limits: {},
}

function finished(id: string, name: string, more: Partial<DownloadsState['finished'][number]>) {
  const at = '2026-11-12T18:04:00.000Z'
  return { id, name, repository: 'o/r', bytes: 5.7 * GIB, files: 2, verified: true, warnings: [], at, ...more }
}

/** As main tells it; the page cannot know that this queue is only said. */
async function say({ app }: Headroom, said: DownloadsState): Promise<void> {
  await app.evaluate(
    ({ BrowserWindow }, told) => BrowserWindow.getAllWindows()[0]?.webContents.send('downloads:changed', told),
    said,
  )
}

test('every state of a download has its own words, in every look, and passes axe', async ({ openDownloads }) => {
  const headroom = await openDownloads()
  const { page, downloads } = headroom
  await say(headroom, state)
  const rows = downloads.queue.getByRole('listitem')
  await expect(rows).toHaveCount(items.length)
  const words = [
    /82\.4 MiB\/s/,
    /checking hashes, 2 of 3 files done/,
    /reading the architecture/,
    /writing the registry entry/,
    /another program is downloading Llama/,
    /starts when a slot is free/,
    /· paused/,
    /tried again by itself/,
    /paused: The volume has 3.1 GiB free/,
    /gated or private.*Accept its licence/,
    /model-00002-of-00003.safetensors had the wrong content.*Retry file/,
  ]
  for (const [index, text] of words.entries()) await expect(rows.nth(index)).toContainText(text)
  await expect(page.getByText('5 running, 2 waiting, 1 paused, 3 need you')).toBeVisible()
  await expect(downloads.finished.getByText('Hashes matched, 2 of 2')).toBeVisible()
  await expect(downloads.finished.getByText('Size only, no hash published')).toBeVisible()
  await expect(downloads.finished.getByText('Hashes matched, 1 of 2; the others by size')).toBeVisible()
  await expect(downloads.finished.getByText('Missing files were not taken from o/base. (and 1 more)')).toBeVisible()
  await photograph(headroom, 'downloads-states')
  for (const look of looks) {
    await setLook(headroom, look)
    expect(await violationsOf(page)).toEqual([])
  }
})
