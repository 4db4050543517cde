import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryOf, readLayers, writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'
import { MaintenancePage } from '../pages/maintenance-page'
import { ModelsPage } from '../pages/models-page'
import { Shell } from '../pages/shell'

const model = 'llama-3.1-8b-instruct'
const flags = ['--max-model-len', '16384', '--gpu-memory-utilization', '0.9', '--max-num-seqs', '64']

function flagsOnDisk(folder: string): unknown {
  return (entryOf(folder, 'curated', model)['backend_config'] as { extra_args: unknown }).extra_args
}

/** The sample library with launch flags of this spec's own. */
function writeRegistry(box: string): string {
  const folder = writeSampleRegistry(box)
  const file = join(folder, 'model_registry.curated.json')
  const rows = JSON.parse(readFileSync(file, 'utf8')) as { name: string; backend_config?: object }[]
  const own = rows.map((row) => (row.name === model ? { ...row, backend_config: { extra_args: flags } } : row))
  writeFileSync(file, `${JSON.stringify(own, null, 2)}\n`)
  return folder
}

/** Another program rewrites a text in the curated layer, in place. */
function editByHand(folder: string, from: string, to: string): void {
  const file = join(folder, 'model_registry.curated.json')
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  writeFileSync(file, text.replace(from, to))
}

async function openFlags(shell: Shell, models: ModelsPage): Promise<void> {
  await shell.goTo('Models')
  await models.open(model)
  await models.showTab('Settings')
  await models.editFlags.click()
}

test('typing that is not saved survives an edit by another program, and the person chooses', async ({
  box,
  launch,
}) => {
  const folder = writeRegistry(box)
  const headroom = await launch({ registry: folder })
  const models = new ModelsPage(headroom.page)
  await openFlags(new Shell(headroom.page), models)
  await expect(models.flagsText).toHaveValue(
    ['--max-model-len 16384', '--gpu-memory-utilization 0.9', '--max-num-seqs 64'].join('\n'),
  )
  const mine = ['--max-model-len 8192', '--gpu-memory-utilization 0.9', '--max-num-seqs 64'].join('\n')
  await models.flagsText.fill(mine)

  editByHand(folder, '"64"', '"32"')
  await expect(models.theirs).toContainText('added --max-num-seqs 32')
  await expect(models.flagsText).toHaveValue(mine)
  await expect(models.saveFlags).toHaveAttribute('aria-disabled', 'true')
  await photograph(headroom, 'models-theirs')

  await models.keepMine.click()
  await expect(models.flagsDiff).toContainText('removed --max-num-seqs 32')
  await models.flagsText.fill(mine.replace('--max-num-seqs 64', '--max-num-seqs 32'))
  await models.saveFlags.click()
  await expect(new Shell(headroom.page).toast(/^Launch flags of .* saved/)).toBeVisible()
  expect(flagsOnDisk(folder)).toEqual([
    '--max-model-len',
    '8192',
    '--gpu-memory-utilization',
    '0.9',
    '--max-num-seqs',
    '32',
  ])
})

test('their text can be taken, and nothing is written', async ({ box, launch }) => {
  const folder = writeRegistry(box)
  const { page } = await launch({ registry: folder })
  const models = new ModelsPage(page)
  await openFlags(new Shell(page), models)
  await models.flagsText.fill('--enforce-eager')
  editByHand(folder, '"64"', '"32"')
  const theirs = readLayers(folder)
  await models.takeTheirs.click()
  await expect(models.flagsText).toHaveValue(/--max-num-seqs 32$/)
  expect(readLayers(folder)).toEqual(theirs)
})

test('saving on top of a change that nobody has seen is a conflict that shows both', async ({ box, launch }) => {
  const folder = writeRegistry(box)
  const { page } = await launch({ registry: folder })
  const models = new ModelsPage(page)
  await openFlags(new Shell(page), models)
  await models.flagsText.fill('--enforce-eager')
  await expect(models.saveFlags).toBeEnabled()
  editByHand(folder, '"64"', '"32"')
  const theirs = readLayers(folder)
  // The watcher may or may not have spoken by now (the button then waits for the choice); either way both sides are
  // shown and nothing is written.
  await models.saveFlags.click({ force: true })
  await expect(models.theirs).toContainText('added --max-num-seqs 32')
  await expect(models.flagsText).toHaveValue('--enforce-eager')
  expect(readLayers(folder)['model_registry.curated.json']).toBe(theirs['model_registry.curated.json'])
})

test('the command line and the window write different values at once, and both survive', async ({
  box,
  dataDir,
  launch,
}) => {
  const folder = writeRegistry(box)
  const { page } = await launch({ registry: folder })
  const models = new ModelsPage(page)
  await new Shell(page).goTo('Models')
  await models.open(model)
  await models.setByHand('Vocabulary', '128000', 'card')
  const applied = spawnSync(
    process.execPath,
    ['out/cli/headroom.mjs', 'apply', model, '--max-num-seqs', '8', '--registry', folder, '--json'],
    { env: { ...process.env, HEADROOM_DATA_DIR: dataDir }, timeout: 30_000, encoding: 'utf8' },
  )
  expect(applied.status, applied.stderr).toBe(0)
  await models.showTab('Settings')
  await expect(page.getByRole('region', { name: 'Launch flags' })).toContainText('--max-num-seqs 8')
  await expect(async () => {
    const architecture = (entryOf(folder, 'discovered', model)['metadata'] as { architecture: object }).architecture
    expect(architecture).toMatchObject({ vocab_size: 128_000, field_sources: { vocab_size: 'manual' } })
  }).toPass({ timeout: 10_000 })
  expect(flagsOnDisk(folder)).toEqual([...flags.slice(0, 5), '8'])
})

test('an undo that meets a later change asks, and takes back only its own values', async ({ box, launch }) => {
  const folder = writeRegistry(box)
  const headroom = await launch({ registry: folder })
  const { page } = headroom
  const shell = new Shell(page)
  const models = new ModelsPage(page)
  await openFlags(shell, models)
  await models.flagsText.fill(flags.join(' ').replace('16384', '4096').replaceAll(' --', '\n--'))
  await models.saveFlags.click()
  await expect(shell.toast(/^Launch flags of .* saved/)).toBeVisible()
  editByHand(folder, '"64"', '"32"')
  const both = readLayers(folder)['model_registry.curated.json']

  const maintenance = new MaintenancePage(page)
  await shell.goTo('Maintenance')
  await maintenance.undoButton.click()
  await expect(maintenance.undoChoice).toBeVisible()
  await photograph(headroom, 'undo-choice')
  await maintenance.undoChoice.getByRole('button', { name: 'Leave everything as it is' }).click()
  expect(readLayers(folder)['model_registry.curated.json']).toBe(both)

  // The list of flags is one value, and the other program changed it too: it is left alone and both are named.
  await maintenance.undoButton.click()
  await maintenance.undoChoice.getByRole('button', { name: /^Take back only this change/ }).click()
  await expect(maintenance.undoBlocked).toContainText('extra_args')
  await maintenance.undoBlocked.getByRole('button', { name: 'Leave everything as it is' }).click()
  expect(readLayers(folder)['model_registry.curated.json']).toBe(both)

  // Another value of theirs stays when only ours goes back.
  editByHand(folder, '"32"', '"64"')
  editByHand(folder, 'Llama 3.1 8B Instruct', 'Named by another program')
  await maintenance.undoButton.click()
  await maintenance.undoChoice.getByRole('button', { name: /^Take back only this change/ }).click()
  await expect(shell.toast(/^Taken back: edit launch flags/)).toBeVisible()
  expect(flagsOnDisk(folder)).toEqual(flags)
  expect(entryOf(folder, 'curated', model)['display_name']).toBe('Named by another program')
})

test('a restored backup and its undo give back the same bytes', async ({ box, launch }) => {
  const folder = writeRegistry(box)
  const { page } = await launch({ registry: folder })
  const shell = new Shell(page)
  const models = new ModelsPage(page)
  const original = readLayers(folder)
  await openFlags(shell, models)
  await models.flagsText.fill('--enforce-eager')
  await models.saveFlags.click()
  await expect(shell.toast(/^Launch flags of .* saved/)).toBeVisible()
  const changed = readLayers(folder)

  const maintenance = new MaintenancePage(page)
  await shell.goTo('Maintenance')
  await expect(maintenance.backups).toContainText('1 value')
  await maintenance.backups
    .getByRole('button', { name: /^Compare / })
    .first()
    .click()
  await expect(page.getByRole('list', { name: 'What a restore would change' })).toContainText(
    'backend_config.extra_args',
  )
  await maintenance.backups
    .getByRole('button', { name: /^Restore / })
    .first()
    .click()
  await maintenance.confirmRestore.click()
  await expect(shell.toast(/^Restored model_registry\.curated\.json/)).toBeVisible()
  expect(readLayers(folder)['model_registry.curated.json']).toBe(original['model_registry.curated.json'])

  await maintenance.undoButton.click()
  await expect(shell.toast(/^Taken back: restore/)).toBeVisible()
  expect(readLayers(folder)).toEqual(changed)
  await maintenance.undoButton.click()
  await expect(shell.toast(/^Taken back: edit launch flags/)).toBeVisible()
  expect(readLayers(folder)).toEqual(original)
})

test('a broken registry is put right from Maintenance, past a backup that is broken too', async ({ box, launch }) => {
  const folder = writeRegistry(box)
  const file = join(folder, 'model_registry.curated.json')
  const good = readFileSync(file, 'utf8')
  writeFileSync(join(folder, 'model_registry.curated.20260101-000000.bak.json'), good)
  writeFileSync(join(folder, 'model_registry.curated.20260102-000000.bak.json'), good.slice(0, 100))
  writeFileSync(file, good.slice(0, -30))
  const headroom = await launch({ registry: folder })
  const { page } = headroom
  const shell = new Shell(page)
  const maintenance = new MaintenancePage(page)
  const models = new ModelsPage(page)
  await shell.goTo('Models')
  await expect(maintenance.readOnlyBanner).toContainText('Read-only: a backup of')
  await expect(maintenance.readOnlyBanner).toContainText(/line \d+/)

  // The backup's models are there to be looked at and estimated; a change is refused with the way out.
  await models.open(model)
  await expect(models.field('Layers')).toContainText('32')
  await models.showTab('Settings')
  await models.editFlags.click()
  await models.flagsText.fill('--enforce-eager')
  await models.saveFlags.click()
  await expect(page.getByText(/cannot be changed.*Restore model_registry\.curated\.20260101/).first()).toBeVisible()
  await photograph(headroom, 'read-only-models')
  await page.getByRole('button', { name: 'Open in estimator' }).click()
  await expect(maintenance.readOnlyBanner).toBeVisible()
  await expect(new EstimatorPage(page).model).toHaveValue(new RegExp(model))
  await photograph(headroom, 'read-only-estimator')
  expect(readFileSync(file, 'utf8')).toBe(good.slice(0, -30))

  await shell.goTo('Maintenance')
  await expect(maintenance.health).toContainText('cannot be read')
  await expect(maintenance.setAside).toContainText('model_registry.curated.json.corrupt-')
  await expect(maintenance.backups).toContainText('unreadable')
  await maintenance.backups
    .getByRole('button', { name: 'Restore model_registry.curated.20260101-000000.bak.json' })
    .click()
  await maintenance.confirmRestore.click()
  await expect(shell.toast(/^Restored model_registry\.curated\.json/)).toBeVisible()
  expect(readFileSync(file, 'utf8')).toBe(good)
  await expect(maintenance.readOnlyBanner).toHaveCount(0)
  await shell.goTo('Models')
  await expect(models.row(model)).toBeVisible()
})
