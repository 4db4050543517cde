import { violationsOf } from '../fixtures/axe'
import { writeSampleRegistry } from '../fixtures/sample-registry'
import { looks, setLook } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'
import { pageNames, Shell } from '../pages/shell'

for (const look of looks) {
  test(`every page passes axe: ${look.theme}, ${look.width}x${look.height}`, async ({ box, dataDir, launch }) => {
    writeSettings(dataDir)
    const headroom = await launch({ registry: writeSampleRegistry(box) })
    const { page } = headroom
    await setLook(headroom, look)
    await new EstimatorPage(page).pick('llama-3.1-8b-instruct')
    const violations: string[] = []
    for (const name of pageNames) {
      await new Shell(page).goTo(name)
      violations.push(...(await violationsOf(page)).map((text) => `${name}: ${text}`))
    }
    expect(violations).toEqual([])
  })
}

test('the pages without a registry pass axe', async ({ launch }) => {
  const { page } = await launch()
  const violations: string[] = []
  for (const name of pageNames) {
    await new Shell(page).goTo(name)
    violations.push(...(await violationsOf(page)).map((text) => `${name}: ${text}`))
  }
  expect(violations).toEqual([])
})

test('at 200 % zoom every page passes axe and nothing runs off sideways', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const { app, page } = headroom
  await setLook(headroom, looks[0])
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(2))
  await expect.poll(() => page.evaluate(() => window.innerWidth)).toBe(720)
  const problems: string[] = []
  for (const name of pageNames) {
    await new Shell(page).goTo(name)
    problems.push(...(await violationsOf(page)).map((text) => `${name}: ${text}`))
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (overflow > 0) problems.push(`${name}: ${overflow} px too wide`)
  }
  expect(problems).toEqual([])
})
