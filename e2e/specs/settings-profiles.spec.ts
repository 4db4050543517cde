import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { violationsOf } from '../fixtures/axe'
import { writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'
import { SettingsPage } from '../pages/settings-page'

test('a profile: duplicated, edited, used by the estimate, renamed, deleted', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  const settings = new SettingsPage(page)
  const kept = () => JSON.parse(readFileSync(join(dataDir, 'profiles.json'), 'utf8'))
  await estimator.pick('qwen3-8b')
  const overhead = page.getByRole('button', { name: /^Overhead/ }).and(page.locator('[data-legend]'))
  const before = (await overhead.textContent()) ?? ''

  await settings.open()
  await expect(settings.profile('default')).toBeChecked()
  await expect(settings.button('Edit ada_16gb')).toHaveCount(0)
  await settings.button('Duplicate to edit ada_16gb').click()
  const editor = settings.editor('Edit ada_16gb copy')
  await editor.getByRole('textbox', { name: 'Name' }).fill('two screens')
  await editor.getByRole('textbox', { name: 'Overhead outside torch, likely, GiB' }).fill('3.25')
  await editor.getByRole('button', { name: 'Save profile' }).click()
  await expect(editor.getByRole('alert')).toContainText('must rise in this order')
  await photograph(headroom, 'settings-profile-problem')
  expect(await violationsOf(page)).toEqual([])
  await editor.getByRole('textbox', { name: 'Overhead outside torch, high, GiB' }).fill('3.5')
  await editor.getByRole('button', { name: 'Save profile' }).click()
  await expect(settings.profile('two screens')).toBeVisible()
  expect(kept()).toEqual({ 'two screens': expect.objectContaining({ non_torch_gib: [0.05, 3.25, 3.5] }) })

  await settings.profile('two screens').check()
  await page.keyboard.press('ControlOrMeta+1')
  await expect(estimator.answer).toContainText('profile two screens')
  await expect(overhead).not.toHaveText(before)
  await expect(overhead).toContainText('3.')

  await settings.open()
  await settings.button('Edit two screens').click()
  const again = settings.editor('Edit two screens')
  await again.getByRole('textbox', { name: 'Name' }).fill('three screens')
  await again.getByRole('textbox', { name: 'Name' }).press('Enter')
  await expect(settings.profile('three screens')).toBeChecked()
  await settings.button('Delete three screens').click()
  const question = page.getByRole('alertdialog', { name: 'Delete the profile three screens?' })
  await expect(question).toContainText('It is in force')
  await question.getByRole('button', { name: 'Delete profile' }).click()
  await expect(settings.profile('default')).toBeChecked()
  expect(kept()).toEqual({})
  await page.keyboard.press('ControlOrMeta+1')
  await expect(overhead).toHaveText(before)
})

test('profiles of an older file: imported after a question, exported whole', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const mine = { mine: { graph_gib: 0.5 } }
  writeFileSync(join(dataDir, 'profiles.json'), JSON.stringify(mine))
  const older = join(box, 'older.json')
  const values = { default: { overhead_gib: 0.4, fragmentation_factor: 1.05 }, mine: { graph_gib: 0.9 } }
  writeFileSync(older, JSON.stringify(values))
  const target = join(box, 'exported.json')
  const { app, page } = await launch({ registry: writeSampleRegistry(box) })
  await app.evaluate(
    ({ dialog }, [open, save]) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [open ?? ''] })
      dialog.showSaveDialog = async () => ({ canceled: false, filePath: save ?? '' })
    },
    [older, target],
  )
  const settings = new SettingsPage(page)
  await settings.open()
  await settings.button('Import').click()
  const question = page.getByRole('alertdialog', { name: 'Replace 1 profile?' })
  await expect(question).toContainText('older.json holds other values for mine')
  await question.getByRole('button', { name: 'Import nothing' }).click()
  await expect(question).toBeHidden()
  expect(JSON.parse(readFileSync(join(dataDir, 'profiles.json'), 'utf8'))).toEqual(mine)

  await settings.button('Import').click()
  await question.getByRole('button', { name: 'Replace and import' }).click()
  await expect(page.getByText('2 profiles read from older.json.')).toBeVisible()
  expect(JSON.parse(readFileSync(join(dataDir, 'profiles.json'), 'utf8'))).toEqual({ ...mine, ...values })
  await settings.button('Edit default').click()
  await expect(settings.editor('Edit default')).toContainText('Kept as they are: fragmentation_factor.')

  await settings.button('Export').click()
  await expect(page.getByText(/Profiles saved as/)).toBeVisible()
  const exported = JSON.parse(readFileSync(target, 'utf8'))
  expect(Object.keys(exported)).toEqual(['default', 'ada_16gb', 'hopper_80gb', 'studio_dual', 'mine'])
  expect(exported.default).toEqual(values.default)
})

test('settings are found by words, and the margin makes an answer tight', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  const settings = new SettingsPage(page)
  await estimator.pick('qwen3-8b')
  await estimator.setContext(4096)
  await estimator.setBatch(1)
  await expect(estimator.verdict).toHaveAttribute('data-verdict', 'fits')
  await settings.open()
  await photograph(headroom, 'settings')
  expect(await violationsOf(page)).toEqual([])
  await settings.find.fill('margin')
  await expect(settings.profiles).toBeHidden()
  await settings.margin.fill('-1')
  await settings.margin.press('Enter')
  await expect(page.getByText('Write GiB from 0 to 1000')).toBeVisible()
  await settings.margin.fill('20')
  await settings.margin.press('Enter')
  await expect(settings.margin).toHaveValue('20.0')
  await page.keyboard.press('ControlOrMeta+1')
  await expect(estimator.verdict).toHaveAttribute('data-verdict', 'tight')
  await expect(estimator.answer).toContainText('less than your margin of 20.0 GiB')
  await photograph(headroom, 'estimator-margin')
})
