import { violationsOf } from '../fixtures/axe'
import { writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'
import { Shell } from '../pages/shell'

test('scenarios side by side, and back to one of them; the estimate on the clipboard', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const { app, page } = headroom
  const estimator = new EstimatorPage(page)
  await estimator.pick('llama-3.1-8b-instruct')
  await estimator.setContext(8192)
  await page.getByRole('button', { name: 'Keep this one' }).click()
  await estimator.setContext(16_384)
  await page.getByRole('button', { name: 'Keep this one' }).click()
  await estimator.pick('qwen3-8b')
  const table = page.getByRole('table', { name: 'Scenarios side by side' })
  await table.scrollIntoViewIfNeeded()
  await expect(table.getByRole('row', { name: /^Context/ })).toContainText(/8,192\s*16,384\s*4,096/)
  await photograph(headroom, 'compare')
  expect(await violationsOf(page)).toEqual([])

  await table.getByRole('button', { name: 'Show scenario 1' }).click()
  await expect(estimator.model).toHaveValue('llama-3.1-8b-instruct')
  await expect(estimator.contextNumber).toHaveValue('8,192')
  await page.getByRole('button', { name: 'Remove scenario 2' }).click()
  await expect(page.getByRole('button', { name: /^Remove scenario/ })).toHaveCount(1)

  await page.getByRole('button', { name: 'JSON', exact: true }).click()
  await expect(new Shell(page).toast('Copied the estimate as JSON.')).toBeVisible()
  const copied = JSON.parse(await app.evaluate(({ clipboard }) => clipboard.readText())) as { verdict: string }
  expect(copied.verdict).toBe(await estimator.verdict.getAttribute('data-verdict'))
})
