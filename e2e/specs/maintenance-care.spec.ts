import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { violationsOf } from '../fixtures/axe'
import { tabTo } from '../fixtures/keyboard'
import { readLayers, writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { MaintenancePage } from '../pages/maintenance-page'
import { ModelsPage } from '../pages/models-page'
import { Shell } from '../pages/shell'

type Row = Record<string, unknown>
const readRows = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Row[]
const writeRows = (file: string, rows: readonly Row[]) => writeFileSync(file, `${JSON.stringify(rows, null, 2)}\n`)

test('duplicates and orphans are put right with the keyboard, after a look, and taken back', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const discovered = join(folder, 'model_registry.discovered.json')
  const merged = join(folder, 'model_registry.json')
  const [first = {}, second = {}] = readRows(discovered)
  writeRows(discovered, [...readRows(discovered), first, { ...second, family: 'another' }])
  writeRows(merged, [...readRows(merged), { name: 'left-behind', backend: 'vllm' }])
  const original = readLayers(folder)
  const headroom = await launch({ registry: folder })
  const { page } = headroom
  const maintenance = new MaintenancePage(page)
  await new Shell(page).goTo('Maintenance')

  await tabTo(page, maintenance.fixDuplicates)
  await page.keyboard.press('Enter')
  const dialog = maintenance.tidyDialog
  await expect(dialog).toContainText('left-behind')
  await expect(dialog).toContainText(`${first['name']}#2`)
  await expect(dialog).toContainText('differs in family')
  const choice = dialog.getByRole('radio').last()
  await tabTo(page, dialog.getByRole('radio').first())
  await page.keyboard.press('ArrowDown')
  await expect(choice).toBeChecked()
  await expect(dialog).toContainText(`--keep`)
  await photograph(headroom, 'maintenance-tidy')
  expect(await violationsOf(page)).toEqual([])
  const confirm = dialog.getByRole('button', { name: 'Put 3 rows right' })
  await tabTo(page, confirm)
  await page.keyboard.press('Enter')
  await expect(new Shell(page).toast(/^Put right: 1 entry taken over, 2 rows removed/)).toBeVisible()
  const names = readRows(discovered).map((row) => row['name'])
  expect(new Set(names).size).toBe(names.length)
  expect(names).toContain('left-behind')
  expect(readRows(discovered).find((row) => row['name'] === second['name'])?.['family']).toBe('another')

  await maintenance.undoButton.click()
  await expect(new Shell(page).toast(/^Taken back: tidy/)).toBeVisible()
  expect(readLayers(folder)).toEqual(original)
})

test('a backup is made when it is asked for', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const { page } = await launch({ registry: folder })
  const maintenance = new MaintenancePage(page)
  await new Shell(page).goTo('Maintenance')
  await maintenance.backUpNow.click()
  await expect(new Shell(page).toast('Backed up 2 files.')).toBeVisible()
  await expect(maintenance.backups.getByRole('button', { name: /^Restore / })).toHaveCount(2)
  expect(readdirSync(folder).filter((name) => name.endsWith('.bak.json'))).toHaveLength(2)
})

test('whole entries are saved out of a file that was cut, and that is taken back', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const file = join(box, 'one.json')
  const rows = [{ name: 'first' }, { name: 'second', note: 'é' }, { name: 'third' }]
  writeRows(file, rows)
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20))
  const broken = readFileSync(file, 'utf8')
  const headroom = await launch({ registry: file })
  const { page } = headroom
  const shell = new Shell(page)
  const maintenance = new MaintenancePage(page)
  await shell.goTo('Models')
  await expect(page.getByText('Couldn’t read the registry')).toBeVisible()
  await shell.goTo('Maintenance')
  await tabTo(page, maintenance.setAside.getByRole('button', { name: /^Try to repair/ }))
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('alertdialog', { name: 'Repair one.json?' })
  await expect(dialog).toContainText('2 entries are whole')
  await expect(dialog).toContainText('line 9')
  await photograph(headroom, 'maintenance-repair')
  expect(readFileSync(file, 'utf8')).toBe(broken)
  await tabTo(page, dialog.getByRole('button', { name: 'Put 2 entries back' }))
  await page.keyboard.press('Enter')
  await expect(shell.toast(/^one\.json holds the 2 whole entries again/)).toBeVisible()
  expect(readRows(file)).toEqual(rows.slice(0, 2))
  await maintenance.undoButton.click()
  await expect(shell.toast(/^Taken back: repair one\.json/)).toBeVisible()
  expect(readFileSync(file, 'utf8')).toBe(broken)
})

test('the layout is reset, and nothing else', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const original = readLayers(folder)
  const { page } = await launch({ registry: folder })
  const shell = new Shell(page)
  const models = new ModelsPage(page)
  await shell.goTo('Models')
  await models.search.fill('qwen')
  await expect(() => expect(readFileSync(join(dataDir, 'settings.json'), 'utf8')).toContain('qwen')).toPass()
  await shell.goTo('Maintenance')
  await page.getByRole('button', { name: 'Reset layout' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Reset layout' }).click()
  await shell.shows('Estimator')
  await shell.goTo('Models')
  await expect(models.search).toHaveValue('')
  await expect(models.row('llama-3.1-8b-instruct')).toBeVisible()
  expect(readLayers(folder)).toEqual(original)
})
