import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootFlags } from '../fixtures/launch'
import { writeSampleRegistry } from '../fixtures/sample-registry'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { buildGguf } from '../models/gguf-builder'
import { tinyLlamaConfig, tinyLlamaGguf } from '../models/tiny-models'
import { writeModelFolder } from '../models/write-model'
import { EstimatorPage } from '../pages/estimator-page'
import { FirstRunPage } from '../pages/first-run'
import { Shell } from '../pages/shell'

test('a file named on the command line is inspected, and so is one of a second start', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const files = writeModelFolder(join(box, 'models'), {
    'first.gguf': buildGguf(tinyLlamaGguf()),
    'second.gguf': buildGguf(tinyLlamaGguf()),
  })
  const { app, page } = await launch({ args: [join(files, 'first.gguf')] })
  const estimator = new EstimatorPage(page)
  await expect(estimator.model).toHaveValue(/first/)
  await expect(estimator.sourceBadge('Layers')).toHaveText('GGUF')

  const program = await app.evaluate(() => process.execPath)
  const second = spawnSync(program, ['.', ...rootFlags(), join(files, 'second.gguf')], {
    env: { ...process.env, HEADROOM_DATA_DIR: dataDir },
    timeout: 20_000,
  })
  expect(second.status).toBe(0)
  await expect(estimator.model).toHaveValue(/second/)
})

test('a folder chosen in the dialog is inspected, and its path stays outside the page', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const folder = writeModelFolder(join(box, 'secret place', 'tiny-llama'), {
    'config.json': JSON.stringify(tinyLlamaConfig()),
  })
  const { app, page } = await launch({ registry: writeSampleRegistry(box) })
  await app.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [path] })
  }, folder)
  await page.getByRole('button', { name: 'Browse for a model folder' }).click()
  const estimator = new EstimatorPage(page)
  await expect(estimator.model).toHaveValue(/tiny-llama/)
  expect(await page.content()).not.toContain('secret place')
})

test('dropped files become tokens for one use; a made-up file gets none', async ({ box, launch }) => {
  const folder = writeModelFolder(join(box, 'models'), { 'a.gguf': buildGguf(tinyLlamaGguf()) })
  const { page } = await launch()
  // The page's own picker gives the same kind of File object as a drop: one with a path behind it.
  await page.evaluate(() =>
    document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'drop' })),
  )
  await page.locator('#drop').setInputFiles(join(folder, 'a.gguf'))
  const outcome = await page.evaluate(async () => {
    const api = Reflect.get(window, 'api') as {
      grantDropped: (files: readonly object[]) => Promise<readonly ({ token: string; label: string } | null)[]>
      'files:inspect': (input: object) => Promise<{ ok: boolean; value?: { format: string }; error?: { code: string } }>
    }
    const input = document.getElementById('drop') as HTMLInputElement
    const made = new File(['x'], '/etc/passwd')
    const [real, forged] = await api.grantDropped([...(input.files ?? []), made])
    const first = await api['files:inspect']({ token: real?.token })
    const second = await api['files:inspect']({ token: real?.token })
    const guessed = await api['files:inspect']({ token: 'A'.repeat(32) })
    input.remove()
    return { label: real?.label, forged, format: first.value?.format, codes: [second.error?.code, guessed.error?.code] }
  })
  expect(outcome).toEqual({ label: 'a.gguf', forged: null, format: 'gguf', codes: ['FORBIDDEN', 'FORBIDDEN'] })
})

test('an edit from outside appears without a restart', async ({ box, launch }) => {
  const folder = writeSampleRegistry(box)
  const { page } = await launch({ registry: folder })
  await new Shell(page).goTo('Models')
  await expect(page.getByText('qwen3-8b').first()).toBeVisible()
  for (const layer of ['curated', 'discovered']) {
    const file = join(folder, `model_registry.${layer}.json`)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"qwen3-8b"', '"renamed-outside"'))
  }
  await expect(page.getByText('renamed-outside').first()).toBeVisible()
})

test('a broken registry is explained, and nothing of it is lost', async ({ box, launch }) => {
  const folder = writeSampleRegistry(box)
  const file = join(folder, 'model_registry.curated.json')
  const broken = readFileSync(file, 'utf8').slice(0, -40)
  writeFileSync(file, broken)
  const { page } = await launch({ registry: folder })
  await new Shell(page).goTo('Models')
  await expect(page.getByText('Couldn’t read the registry')).toBeVisible()
  expect(readFileSync(file, 'utf8')).toBe(broken)
})

test('a damaged window state and settings file do not stop the start', async ({ dataDir, launch }) => {
  mkdirSync(dataDir, { recursive: true })
  writeFileSync(join(dataDir, 'window-state.json'), '{"x": 99999999')
  writeFileSync(join(dataDir, 'settings.json'), 'not json')
  const { page } = await launch()
  await expect(new FirstRunPage(page).sampleButton).toBeVisible()
})

test('a data folder that is a file is explained, and the window opens', async ({ box, launch }) => {
  const dataDir = join(box, 'occupied')
  writeFileSync(dataDir, 'mine')
  const { page } = await launch({ dataDir, args: [`--user-data-dir=${join(box, 'profile')}`] })
  const shell = new Shell(page)
  await shell.goTo('Models')
  await new FirstRunPage(page).sampleButton.click()
  await expect(page.getByRole('alert').first()).toBeVisible()
  expect(readFileSync(dataDir, 'utf8')).toBe('mine')
})
