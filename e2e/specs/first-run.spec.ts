import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { photograph } from '../fixtures/screenshots'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'
import { FirstRunPage } from '../pages/first-run'
import { Shell } from '../pages/shell'

test('without a registry the app offers ways to begin, and the sample library works at once', async ({
  dataDir,
  launch,
}) => {
  const headroom = await launch()
  const { page } = headroom
  const shell = new Shell(page)
  await shell.goTo('Models')
  const firstRun = new FirstRunPage(page)
  for (const button of [firstRun.openFolderButton, firstRun.openFileButton, firstRun.scanButton]) {
    await expect(button).toBeVisible()
  }
  await photograph(headroom, 'first-run')
  await firstRun.useSample()
  await expect(page.getByText('qwen3-8b').first()).toBeVisible()
  expect(existsSync(join(dataDir, 'sample-library', 'registry', 'model_registry.json'))).toBe(true)

  await shell.goTo('Estimator')
  const estimator = new EstimatorPage(page)
  await estimator.pick('qwen3-8b')
  await expect(estimator.field('Layers')).toContainText('36')
})

test('the sample library, the last page and the size of the window are there after a restart', async ({ launch }) => {
  const first = await launch()
  await new Shell(first.page).goTo('Models')
  await new FirstRunPage(first.page).useSample()
  await first.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.setBounds({ width: 1100, height: 760 }),
  )
  await first.app.close()
  const second = await launch()
  await new Shell(second.page).shows('Models')
  await expect(second.page.getByText('qwen3-8b').first()).toBeVisible()
  const bounds = await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds())
  expect(bounds).toMatchObject({ width: 1100, height: 760 })
})
