import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryOf, readLayers, writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'
import { MaintenancePage } from '../pages/maintenance-page'
import { Shell } from '../pages/shell'

const model = 'llama-3.1-8b-instruct'
const layer = 'model_registry.curated.json'

function flagsOf(folder: string): unknown {
  return (entryOf(folder, 'curated', model)['backend_config'] as { extra_args: unknown }).extra_args
}

/** What another program, or a person with an editor, would do. */
function edit(folder: string, change: (entry: Record<string, unknown>) => void): void {
  const path = join(folder, layer)
  const entries = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>[]
  const entry = entries.find(({ name }) => name === model)
  if (entry === undefined) throw new Error(`no ${model}`)
  change(entry)
  writeFileSync(path, JSON.stringify(entries, null, 2))
}

test('undo after somebody else wrote: shows what changed, and takes back only the applied values', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const before = flagsOf(folder)
  const headroom = await launch({ registry: folder })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  await estimator.pick(model)
  await estimator.setContext(4096)
  await estimator.applyButton.click()
  await expect(new Shell(page).toast(/^Applied 1 change to/)).toBeVisible()
  edit(folder, (entry) => {
    entry['display_name'] = 'Renamed outside'
  })

  await estimator.undoButton.click()
  const dialog = page.getByRole('alertdialog', { name: 'Something else changed since' })
  await expect(dialog).toContainText('display_name')
  await expect(dialog).toContainText('Renamed outside')
  await expect(dialog).not.toContainText('extra_args')
  await photograph(headroom, 'undo-conflict')
  await dialog.getByRole('button', { name: /^Take back only this change/ }).click()
  await expect(new Shell(page).toast(/^Taken back:/)).toBeVisible()
  expect(flagsOf(folder)).toEqual(before)
  expect(entryOf(folder, 'curated', model)['display_name']).toBe('Renamed outside')
})

test('undo never overwrites the same value set by somebody else', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const { page } = await launch({ registry: folder })
  const estimator = new EstimatorPage(page)
  await estimator.pick(model)
  await estimator.setContext(4096)
  await estimator.applyButton.click()
  await expect(new Shell(page).toast(/^Applied 1 change to/)).toBeVisible()
  edit(folder, (entry) => {
    entry['backend_config'] = { ...(entry['backend_config'] as object), extra_args: ['--max-model-len', '2048'] }
  })
  const written = readLayers(folder)[layer]

  await estimator.undoButton.click()
  await page.getByRole('button', { name: /^Take back only this change/ }).click()
  const dialog = page.getByRole('alertdialog', { name: 'The same value changed since' })
  await expect(dialog.getByRole('button', { name: /^Take back only this change/ })).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Leave everything as it is' }).click()
  await expect(dialog).toHaveCount(0)
  expect(readLayers(folder)[layer]).toBe(written)
})

test('undo of an apply with a later change of Headroom: both are named, and both can go', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const before = readLayers(folder)
  const headroom = await launch({ registry: folder })
  const { page } = headroom
  const shell = new Shell(page)
  const estimator = new EstimatorPage(page)
  await estimator.pick(model)
  await estimator.setContext(4096)
  await estimator.applyButton.click()
  await expect(shell.toast(/^Applied 1 change to/)).toBeVisible()
  await shell.goTo('Maintenance')
  const maintenance = new MaintenancePage(page)
  await maintenance.lookButton.click()
  await maintenance.reconcileButton.click()
  await expect(maintenance.written).toBeVisible()
  await shell.goTo('Estimator')

  await estimator.undoButton.click()
  const dialog = page.getByRole('alertdialog', { name: 'Something else changed since' })
  await expect(dialog).toContainText('reconcile-architecture')
  await photograph(headroom, 'undo-later')
  await dialog.getByRole('button', { name: 'Take back this and 1 later change' }).click()
  await expect(shell.toast(/^Taken back: apply/)).toBeVisible()
  expect(readLayers(folder)).toEqual(before)
})
