import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryOf, readLayers } from '../fixtures/sample-registry'
import { expect, test } from '../fixtures/test'
import { buildGguf } from '../models/gguf-builder'
import { tinyLlamaGguf } from '../models/tiny-models'
import { writeModelFolder } from '../models/write-model'
import { ModelsPage } from '../pages/models-page'
import { Shell } from '../pages/shell'

test('a model whose folder was moved is marked, found again, and that is taken back', async ({ box, launch }) => {
  const files = writeModelFolder(join(box, 'old'), { 'a.gguf': buildGguf(tinyLlamaGguf()) })
  const registry = join(box, 'registry')
  mkdirSync(registry)
  const rows = [{ name: 'tiny', backend: 'gguf', download_path: files }, { name: 'other' }]
  writeFileSync(join(registry, 'model_registry.discovered.json'), `${JSON.stringify(rows, null, 2)}\n`)
  const original = readLayers(registry)
  renameSync(join(box, 'old'), join(box, 'new'))
  const { app, page } = await launch({ registry })
  const shell = new Shell(page)
  const models = new ModelsPage(page)
  await shell.goTo('Models')
  await models.open('tiny')

  await models.showTab('Files')
  await expect(models.drawer.getByText('The files are gone')).toBeVisible()
  await app.evaluate(
    ({ dialog }, path) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [path] })
    },
    join(box, 'new'),
  )
  await models.drawer.getByRole('button', { name: 'Locate the model' }).click()
  await expect(models.drawer.getByRole('table', { name: 'Files' }).getByText('a.gguf')).toBeVisible()
  expect(entryOf(registry, 'discovered', 'tiny')).toMatchObject({ download_path: join(box, 'new') })

  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect(models.drawer.getByText('The files are gone')).toBeVisible()
  expect(readLayers(registry)['model_registry.discovered.json']).toBe(original['model_registry.discovered.json'])
})
