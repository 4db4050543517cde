import { join } from 'node:path'
import { dropOn, hoverOver } from '../fixtures/drop'
import { writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { writeFatGguf } from '../models/fat-gguf'
import { buildGguf } from '../models/gguf-builder'
import { tinyLlamaConfig, tinyLlamaGguf } from '../models/tiny-models'
import { writeModelFolder } from '../models/write-model'
import { EstimatorPage } from '../pages/estimator-page'
import { Shell } from '../pages/shell'

test('a .gguf, a folder and a config.json dropped on the window are estimated; other files say why not', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const models = writeModelFolder(join(box, 'hidden place'), {
    'tiny.gguf': buildGguf(tinyLlamaGguf()),
    'folder/config.json': JSON.stringify(tinyLlamaConfig()),
    'notes.txt': 'not a model',
  })
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  await expect(estimator.model).toBeVisible()
  await hoverOver(page, [join(models, 'tiny.gguf')])
  await expect(page.getByText('Drop to estimate')).toBeVisible()
  await photograph(headroom, 'drop-hover')

  await dropOn(page, [join(models, 'tiny.gguf')])
  await expect(page.getByText('Drop to estimate')).toHaveCount(0)
  await expect(estimator.model).toHaveValue('tiny.gguf')
  await expect(estimator.sourceBadge('Layers')).toHaveText('GGUF')
  await expect(estimator.applyPanel).toContainText('not in the registry')

  await dropOn(page, [join(models, 'folder')])
  await expect(estimator.model).toHaveValue('folder')
  await expect(estimator.sourceBadge('Layers')).toHaveText('config')

  await dropOn(page, [join(models, 'folder', 'config.json')])
  await expect(estimator.model).toHaveValue('config.json')

  await dropOn(page, [join(models, 'notes.txt')])
  await expect(
    page
      .getByRole('alert')
      .filter({ hasText: /notes\.txt|not a model|cannot/i })
      .first(),
  ).toBeVisible()
  await expect(estimator.model).toHaveValue('config.json')

  // From another page, the drop leads here; of several files the first is shown and the others are named.
  await new Shell(page).goTo('Settings')
  await dropOn(page, [join(models, 'tiny.gguf'), join(models, 'notes.txt')])
  await expect(estimator.model).toHaveValue('tiny.gguf')
  await expect(new Shell(page).toast(/Not opened: notes\.txt/)).toBeVisible()
  expect(await page.content()).not.toContain('hidden place')
})

test('crafted fat files keep the reader busy, and the page takes input all the while', async ({
  box,
  dataDir,
  launch,
}, info) => {
  writeSettings(dataDir)
  const paths = [0, 1, 2, 3].map((index) => writeFatGguf(join(box, `fat-${index}.gguf`)))
  const { page } = await launch({ registry: writeSampleRegistry(box) })
  const estimator = new EstimatorPage(page)
  await estimator.pick('llama-3.1-8b-instruct')
  await page.evaluate(() => {
    const frames = { last: performance.now(), longest: 0 }
    Reflect.set(window, 'frames', frames)
    const tick = (now: number) => {
      frames.longest = Math.max(frames.longest, now - frames.last)
      frames.last = now
      requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
  })
  for (const path of paths) await dropOn(page, [path])
  const reading = page.getByText(/^Reading fat-\d\.gguf/)
  await expect(reading.first()).toBeVisible()
  await estimator.setContext(4096)
  await expect(estimator.answer).toContainText('4,096 tokens')
  // Read to its end, or given up at a limit: either way with an answer.
  await expect(reading).toHaveCount(0, { timeout: 45_000 })
  const refused = await page.getByRole('alert').count()
  await expect(estimator.model).toHaveValue(refused > 0 ? 'llama-3.1-8b-instruct' : 'fat-3.gguf')
  const longest = await page.evaluate(() => {
    const frames: unknown = Reflect.get(window, 'frames')
    return (frames as { longest: number }).longest // written above
  })
  // Told, not judged: a busy machine is no fault of the page.
  info.annotations.push({ type: 'longest frame, ms', description: longest.toFixed(0) })
  console.log(`longest frame while the crafted file was read: ${longest.toFixed(0)} ms`)
})
