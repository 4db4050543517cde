import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { violationsOf } from '../fixtures/axe'
import { manyQuantisations, quantisations, tinyGguf } from '../fixtures/hub-repos'
import { expect, test } from '../fixtures/hub-test'
import { photograph } from '../fixtures/screenshots'
import { Shell } from '../pages/shell'

test('25 variants: badges one by one, typing goes on, another question ends the reading', async ({
  hub,
  openDownloads,
}) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  const slow = new Set(quantisations.slice(6).map((name) => `Many-${name}.gguf`))
  hub.fault = ({ path }) => (slow.has(path.split('/').at(-1) ?? '') ? { kind: 'stall', afterBytes: 0 } : undefined)
  await page.lookUp('owner/Many-GGUF')
  await expect(page.variants.getByText('Fits')).toHaveCount(6)
  await expect(headroom.page.getByText('Reading headers, 6 of 25')).toBeVisible()
  await photograph(headroom, 'downloads-many')
  await page.search.fill('')
  await page.search.pressSequentially('owner/Tiny-GGUF')
  await expect(page.search).toHaveValue('owner/Tiny-GGUF')
  await page.search.press('Enter')
  await expect(page.variant('Q8_0').getByText('Fits')).toBeVisible()
  const asked = new Set(hub.requests.map(({ path }) => path).filter((path) => path.includes('/Many-GGUF/resolve/')))
  expect(asked.size).toBe(8)
  hub.fault = () => undefined
  expect(await violationsOf(headroom.page)).toEqual([])
})

test('leaving the page ends the reading, coming back goes on with it', async ({ hub, openDownloads }) => {
  const { page, downloads } = await openDownloads()
  hub.fault = ({ path }) => (path.endsWith('Many-Q6_K.gguf') ? { kind: 'stall', afterBytes: 0 } : undefined)
  await downloads.lookUp('owner/Many-GGUF')
  await expect(downloads.variants.getByText('Fits')).toHaveCount(24)
  await new Shell(page).goTo('Models')
  hub.fault = () => undefined
  hub.requests.length = 0
  await new Shell(page).goTo('Downloads')
  await expect(downloads.variants.getByText('Fits')).toHaveCount(25)
  const asked = hub.requests.filter(({ path }) => path.includes('/resolve/')).map(({ path }) => path.split('/').at(-1))
  expect(new Set(asked)).toEqual(new Set(['Many-Q6_K.gguf']))
  expect(manyQuantisations.files).toHaveLength(25)
})

test('formats stand apart, copies are named, a gated model says so', async ({ openDownloads }) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  await page.lookUp('owner/Crowded')
  await expect(headroom.page.getByText('Gated model.')).toBeVisible()
  await expect(page.variants.getByText(/2 quantisations .* mmproj-F16.gguf comes with each/)).toBeVisible()
  await expect(page.variant('Q8_0')).toContainText('2 shards')
  await expect(page.variant('pytorch')).toContainText('the same weights as safetensors')
  await expect(page.variants.getByText('reading the header')).toHaveCount(0)
  await photograph(headroom, 'downloads-crowded')
})

test('a base model lends config and tokenizer, after a question', async ({ dataDir, openDownloads }) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  await page.lookUp('owner/Tiny-tuned')
  await expect(headroom.page.getByText(/This repository has no config.json/)).toBeVisible()
  await photograph(headroom, 'downloads-support')
  await page.button('Use owner/Tiny').click()
  await expect(page.variant('safetensors').getByText('Fits')).toBeVisible()
  await headroom.page.getByRole('checkbox', { name: /put missing config and tokenizer/ }).check()
  await page.tick('safetensors')
  await photograph(headroom, 'downloads-support-used')
  await page.button(/^Download safetensors/).click()
  await expect(page.finished.getByText('Architecture read, 2 layers')).toBeVisible()
  const folder = join(dataDir, 'models', 'owner', 'Tiny-tuned')
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']))
})

test('single files are fetched as they are, without their architecture when nobody asks for it', async ({
  dataDir,
  openDownloads,
}) => {
  const headroom = await openDownloads()
  const { downloads: page } = headroom
  await page.lookUp('owner/Tiny-GGUF')
  await page.button(/^Single files/).click()
  await page.files.getByRole('checkbox', { name: 'Tiny-Q8_0.gguf' }).check()
  await headroom.page.getByRole('checkbox', { name: 'Read architecture afterwards' }).uncheck()
  await expect(headroom.page.getByText(/--include Tiny-Q8_0.gguf --no-architecture/)).toBeVisible()
  await photograph(headroom, 'downloads-single-files')
  await page.button(/^Download 1 file/).click()
  await expect(page.finished.getByText('Architecture not asked for')).toBeVisible()
  const names = readdirSync(join(dataDir, 'models'), { recursive: true, encoding: 'utf8' })
  expect(names.filter((name) => name.endsWith('.gguf')).map((name) => name.split(/[\\/]/).at(-1))).toEqual([
    'Tiny-Q8_0.gguf',
  ])
})

test('limits are remembered', async ({ hub, launch, openDownloads }) => {
  const first = await openDownloads()
  const rate = first.page.getByLabel('Bandwidth limit, MiB a second')
  await rate.fill('12.5')
  await rate.press('Enter')
  await first.page.getByLabel('Downloads at once').selectOption('1')
  await expect(first.page.getByLabel('Downloads at once')).toHaveValue('1')
  await first.app.close()
  const second = await launch({ env: { HF_ENDPOINT: hub.url } })
  await expect(second.page.getByLabel('Bandwidth limit, MiB a second')).toHaveValue('12.5')
  await expect(second.page.getByLabel('Downloads at once')).toHaveValue('1')
})

test('models that are here already: seen first, then registered, and taken back', async ({
  box,
  dataDir,
  openDownloads,
}) => {
  const cache = join(box, 'cache')
  mkdirSync(cache)
  const [model] = tinyGguf.files
  if (model === undefined) throw new Error('the repository has files')
  writeFileSync(join(cache, 'one.gguf'), model.content)
  writeFileSync(join(cache, 'two.gguf'), model.content)
  writeFileSync(join(cache, 'broken.gguf'), 'no model')
  const headroom = await openDownloads({ env: { LLAMA_CACHE: cache, HF_HUB_CACHE: join(box, 'nowhere') } })
  const { downloads: page } = headroom
  await page.button('Hugging Face cache').click()
  await expect(page.alert).toContainText('Nothing could be read from the cache of the Hugging Face client')
  await photograph(headroom, 'downloads-import-missing')
  await page.button('llama.cpp cache').click()
  await expect(page.found.getByRole('row', { name: /one/ })).toContainText('New')
  await expect(page.found.getByRole('row', { name: /broken/ })).toContainText('Left out')
  await photograph(headroom, 'downloads-import-preview')
  expect(await violationsOf(headroom.page)).toEqual([])
  expect(existsSync(join(box, 'data', 'library'))).toBe(false)
  await page.found.getByRole('checkbox', { name: 'two' }).uncheck()
  await page.button('Register 1 model').click()
  await expect(headroom.page.getByText('1 model registered. Their files stay where they are.')).toBeVisible()
  const names = () => namesIn(join(dataDir, 'library', 'model_registry.discovered.json'))
  expect(names()).toEqual(['one'])
  await headroom.page.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect.poll(names).toEqual([])
})

function namesIn(file: string): readonly unknown[] {
  const rows: unknown = JSON.parse(readFileSync(file, 'utf8'))
  return Array.isArray(rows) ? rows.map((row: { readonly name?: unknown }) => row.name) : []
}
