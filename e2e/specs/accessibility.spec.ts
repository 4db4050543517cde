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
