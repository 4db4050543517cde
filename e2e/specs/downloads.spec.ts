import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { type HubServer, startHubServer } from '../hub/hub-server'
import { buildGguf } from '../models/gguf-builder'
import { tinyLlamaGguf } from '../models/tiny-models'
import { DownloadsPage } from '../pages/downloads-page'
import { EstimatorPage } from '../pages/estimator-page'
import { Shell } from '../pages/shell'

const canary = 'hf_canaryE2e0123456789'
const gguf = Buffer.from(buildGguf(tinyLlamaGguf()))
let hub: HubServer

test.beforeEach(async () => {
  hub = await startHubServer([
    {
      id: 'owner/Tiny-GGUF',
      commit: 'a'.repeat(40),
      tags: ['license:apache-2.0'],
      files: [
        { path: 'Tiny-Q4_K_M.gguf', content: gguf, lfs: true },
        { path: 'Tiny-Q8_0.gguf', content: gguf, lfs: true },
        { path: 'Tiny.imatrix', content: Buffer.alloc(5_000), lfs: true },
      ],
    },
    {
      id: 'owner/Huge',
      commit: 'b'.repeat(40),
      files: [{ path: 'model.safetensors', content: Buffer.alloc(0), zeros: 1e15, lfs: true, sha256: '0'.repeat(64) }],
    },
  ])
})
test.afterEach(() => hub.close())

test('paste, see what fits, download, pause, quit, reopen, resume, estimate', async ({ dataDir, launch }) => {
  writeSettings(dataDir)
  const env = { HF_ENDPOINT: hub.url }
  const first = await launch({ env })
  await new Shell(first.page).goTo('Downloads')
  const page = new DownloadsPage(first.page)
  await photograph(first, 'downloads-empty')
  await page.lookUp(`${hub.url}/owner/Tiny-GGUF`)
  await expect(page.variant('Q4_K_M').getByText('Fits')).toBeVisible()
  await expect(page.variant('Q8_0').getByText('Fits')).toBeVisible()
  await page.variants.getByRole('checkbox', { name: 'Q4_K_M' }).check()
  await photograph(first, 'downloads-lookup')

  // slow enough to be stopped in the middle
  hub.fault = ({ path }) => (path.includes('/resolve/') ? { kind: 'slow', bytesPerSecond: 2_000 } : undefined)
  await page.button(/^Download Q4_K_M/).click()
  await expect(page.queue.getByText('Downloading')).toBeVisible()
  await expect(page.queue.getByText(/ of .* · owner\/Tiny-GGUF/)).toBeVisible()
  await photograph(first, 'downloads-running')
  await page.button('Pause Tiny-GGUF Q4_K_M').click()
  await expect(page.queue.getByText(/· paused/)).toBeVisible()
  await first.app.close()

  hub.fault = () => undefined
  hub.requests.length = 0
  const second = await launch({ env })
  await new Shell(second.page).shows('Downloads')
  const again = new DownloadsPage(second.page)
  await expect(again.queue.getByText(/· paused/)).toBeVisible()
  await photograph(second, 'downloads-paused')
  await again.button('Resume Tiny-GGUF Q4_K_M').click()
  await expect(again.finished.getByText('Hashes matched, 1 of 1')).toBeVisible()
  await expect(again.finished.getByText('Architecture read, 2 layers')).toBeVisible()
  await photograph(second, 'downloads-finished')
  const ranges = hub.requests.filter(({ path }) => path.endsWith('.gguf')).map(({ range }) => range ?? '')
  expect(ranges.length).toBeGreaterThan(0)
  expect(ranges.every((range) => !range.startsWith('bytes=0-'))).toBe(true)

  await again.button('Open in estimator: Tiny-Q4_K_M').click()
  await new Shell(second.page).shows('Estimator')
  await expect(second.page.getByRole('combobox', { name: 'Model' })).toHaveValue('Tiny-Q4_K_M')
  await expect(new EstimatorPage(second.page).verdict).toContainText('Fits')
})

test('no connection, a full disk, a gated model: said, with the way on', async ({ launch }) => {
  const headroom = await launch({ env: { HF_ENDPOINT: hub.url } })
  await new Shell(headroom.page).goTo('Downloads')
  const page = new DownloadsPage(headroom.page)

  await page.lookUp('owner/Huge')
  await page.variants.getByRole('checkbox', { name: 'safetensors' }).check()
  await expect(headroom.page.getByText(/but only .* are free/)).toBeVisible()
  await photograph(headroom, 'downloads-disk-full')

  hub.fault = () => ({ kind: 'status', status: 403 })
  await page.lookUp('owner/Gated')
  await expect(headroom.page.getByRole('alert')).toContainText('gated or private')
  await photograph(headroom, 'downloads-gated')

  await hub.close()
  await page.lookUp('owner/Tiny-GGUF@main')
  await expect(headroom.page.getByRole('alert')).toContainText('refuses connections')
  await photograph(headroom, 'downloads-offline')
  await expect(page.button('Try again')).toBeVisible()
})

test('a token is sent to the hub and lies nowhere readable', async ({ box, launch }) => {
  const headroom = await launch({ env: { HF_ENDPOINT: hub.url } })
  await new Shell(headroom.page).goTo('Downloads')
  const page = new DownloadsPage(headroom.page)
  await page.button('Token').click()
  await headroom.page.getByLabel('Token', { exact: true }).fill(canary)
  const consent = headroom.page.getByRole('checkbox', { name: /readable on the disk/ })
  const hasKeyRing = (await consent.count()) === 0
  await photograph(headroom, 'downloads-token')
  if (!hasKeyRing) {
    await expect(page.button('Store token')).toBeDisabled()
    await consent.check()
  }
  await page.button('Store token').click()
  await expect(headroom.page.getByText('The token is stored.')).toBeVisible()
  await page.lookUp('owner/Tiny-GGUF')
  await expect(page.variant('Q4_K_M')).toBeVisible()
  expect(hub.requests.some(({ headers }) => headers.authorization === `Bearer ${canary}`)).toBe(true)
  expect(await headroom.page.content()).not.toContain(canary)
  await headroom.app.close()
  for (const file of filesUnder(box)) expect(readFileSync(file).includes(canary), file).toBe(false)
})

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
}
