import { join } from 'node:path'
import { violationsOf } from '../fixtures/axe'
import { expect, test } from '../fixtures/hub-test'
import { tabTo } from '../fixtures/keyboard'
import { entryOf } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { DownloadsPage } from '../pages/downloads-page'
import { EstimatorPage } from '../pages/estimator-page'
import { ModelsPage } from '../pages/models-page'
import { Shell } from '../pages/shell'

test('paste, see what fits, download, pause, quit, reopen, resume, estimate', async ({
  hub,
  launch,
  openDownloads,
}) => {
  const first = await openDownloads()
  const { downloads: page } = first
  await photograph(first, 'downloads-empty')
  await page.lookUp(`${hub.url}/owner/Tiny-GGUF`)
  await expect(page.variant('Q4_K_M').getByText('Fits')).toBeVisible()
  await expect(page.variant('Q8_0').getByText('Fits')).toBeVisible()
  await page.tick('Q4_K_M')
  await photograph(first, 'downloads-lookup')

  // slow enough to be stopped in the middle
  hub.fault = ({ path }) => (path.includes('/resolve/') ? { kind: 'slow', bytesPerSecond: 400 } : undefined)
  await page.button(/^Download Q4_K_M/).click()
  await expect(page.queue.getByText('Downloading')).toBeVisible()
  await expect(page.queue.getByText(/ of .* · owner\/Tiny-GGUF/)).toBeVisible()
  await photograph(first, 'downloads-running')
  await page.button('Pause Tiny-GGUF Q4_K_M').click()
  await expect(page.queue.getByText(/· paused/)).toBeVisible()
  await first.app.close()

  hub.fault = () => undefined
  hub.requests.length = 0
  const second = await launch({ env: { HF_ENDPOINT: hub.url } })
  await new Shell(second.page).shows('Downloads')
  const again = new DownloadsPage(second.page)
  await expect(again.queue.getByText(/· paused/)).toBeVisible()
  await photograph(second, 'downloads-paused')
  await again.button('Resume Tiny-GGUF Q4_K_M').click()
  await expect(again.finished.getByText('Hashes matched, 1 of 1')).toBeVisible()
  await expect(again.finished.getByText('Architecture read, 2 layers')).toBeVisible()
  const ranges = hub.requests.filter(({ path }) => path.endsWith('.gguf')).map(({ range }) => range ?? '')
  expect(ranges.length).toBeGreaterThan(0)
  expect(ranges.every((range) => !range.startsWith('bytes=0-'))).toBe(true)

  await again.button('Show in Models: Tiny-Q4_K_M').click()
  await new Shell(second.page).shows('Models')
  await expect(new ModelsPage(second.page).drawer).toContainText('Tiny-Q4_K_M')
  await new Shell(second.page).goTo('Downloads')
  await again.button('Open in estimator: Tiny-Q4_K_M').click()
  await new Shell(second.page).shows('Estimator')
  await expect(second.page.getByRole('combobox', { name: 'Model' })).toHaveValue('Tiny-Q4_K_M')
  await expect(new EstimatorPage(second.page).verdict).toContainText('Fits')
})

test('proposed launch flags are written only on request, and can be taken back', async ({ dataDir, openDownloads }) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  await page.lookUp('owner/Tiny-GGUF')
  await page.tick('Q8_0')
  await page.button(/^Download Q8_0/).click()
  const proposal = page.proposal('Tiny-Q8_0')
  await expect(proposal).toContainText('--ctx-size 2048')
  await expect(proposal).toContainText('budget on RTX 4090')
  await photograph(headroom, 'downloads-finished')
  expect(await violationsOf(headroom.page)).toEqual([])
  const flags = () => JSON.stringify(entryOf(join(dataDir, 'library'), 'discovered', 'Tiny-Q8_0'))
  const before = flags()
  expect(before).not.toContain('--ctx-size')
  await proposal.getByRole('button', { name: /^Apply/ }).click()
  await expect(headroom.page.getByText(/Applied . changes? to Tiny-Q8_0/)).toBeVisible()
  await expect(proposal).toBeHidden()
  expect(flags()).toContain('--ctx-size')
  await headroom.page.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect.poll(flags).toBe(before)
})

test('with the keyboard alone: look, choose, download, reorder, cancel', async ({ hub, openDownloads }) => {
  const { page, downloads } = await openDownloads()
  await tabTo(page, downloads.search)
  await page.keyboard.type('owner/Tiny-GGUF')
  await page.keyboard.press('Enter')
  await expect(downloads.variant('Q8_0').getByText('Fits')).toBeVisible()
  hub.fault = ({ path }) => (path.includes('/resolve/') ? { kind: 'slow', bytesPerSecond: 100 } : undefined)
  for (const label of ['Q4_K_M', 'Q8_0']) {
    await tabTo(page, downloads.variants.getByRole('checkbox', { name: label }))
    await page.keyboard.press('Space')
  }
  await tabTo(page, downloads.button('Download 2 variants'))
  await page.keyboard.press('Enter')
  const rows = downloads.queue.getByRole('listitem')
  await expect(rows).toHaveCount(2)
  const handle = downloads.button('Reorder Tiny-GGUF Q8_0')
  await tabTo(page, handle)
  await page.keyboard.press('Alt+ArrowUp')
  await expect(rows.first()).toContainText('Q8_0')
  await expect(handle).toBeFocused()
  await tabTo(page, downloads.button('Pause Tiny-GGUF Q8_0'))
  await page.keyboard.press('Enter')
  await expect(rows.first()).toContainText('paused')
  await tabTo(page, downloads.button('Cancel Tiny-GGUF Q4_K_M'))
  await page.keyboard.press('Enter')
  const sure = downloads.button('Cancel and delete the parts')
  await expect(sure.or(downloads.page.getByText(/Q4_K_M is cancelled/))).toBeVisible()
  if (await sure.isVisible()) {
    await tabTo(page, sure)
    await page.keyboard.press('Enter')
  }
  await expect(rows).toHaveCount(1)
})

test('rows change places with the mouse', async ({ hub, openDownloads }) => {
  const { downloads } = await openDownloads()
  await downloads.lookUp('owner/Tiny-GGUF')
  await expect(downloads.variant('Q8_0').getByText('Fits')).toBeVisible()
  hub.fault = ({ path }) => (path.includes('/resolve/') ? { kind: 'stall', afterBytes: 10 } : undefined)
  await downloads.tick('Q4_K_M')
  await downloads.tick('Q8_0')
  await downloads.button('Download 2 variants').click()
  const rows = downloads.queue.getByRole('listitem')
  await expect(rows.first()).toContainText('Q4_K_M')
  await downloads.button('Reorder Tiny-GGUF Q8_0').dragTo(rows.first())
  await expect(rows.first()).toContainText('Q8_0')
})
