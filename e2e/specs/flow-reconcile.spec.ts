import { entryOf, readLayers, writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { expect, test } from '../fixtures/test'
import { MaintenancePage } from '../pages/maintenance-page'
import { Shell } from '../pages/shell'

const model = 'llama-3.1-8b-instruct'

function runtimeOf(folder: string): unknown {
  const metadata = entryOf(folder, 'discovered', model)['metadata'] as { architecture?: { runtime?: unknown } }
  return metadata.architecture?.runtime
}

test('(b) reconciling changes the runtime section of the entry on disk', async ({ box, launch }) => {
  const folder = writeSampleRegistry(box)
  const before = readLayers(folder)
  const headroom = await launch({ registry: folder })
  const maintenance = new MaintenancePage(headroom.page)
  await new Shell(headroom.page).goTo('Maintenance')

  await maintenance.lookButton.click()
  await expect(maintenance.measured).toContainText(model)
  await photograph(headroom, 'b-found')
  expect(readLayers(folder)).toEqual(before)

  await maintenance.reconcileButton.click()
  await expect(maintenance.written).toBeVisible()
  await photograph(headroom, 'b-written')
  expect(runtimeOf(folder)).toMatchObject({ source: expect.any(String), observed_at: expect.any(String) })
  expect(entryOf(folder, 'discovered', model)).toHaveProperty(
    'metadata.architecture.sources',
    expect.arrayContaining(['runtime:vllm']),
  )

  const written = readLayers(folder)
  await maintenance.lookButton.click()
  await expect(headroom.page.getByText('Every measurement is in the registry already')).toBeVisible()
  expect(readLayers(folder)).toEqual(written)
})
