import { writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'

test('(a) picking a model fills its fields in, locked and sourced', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const estimator = new EstimatorPage(headroom.page)
  await estimator.pick('llama-3.1-8b-instruct')

  await expect(estimator.field('Layers')).toContainText('32')
  await expect(estimator.field('KV heads')).toContainText('8')
  await expect(estimator.padlock('Layers')).toBeVisible()
  await expect(estimator.sourceBadge('Layers')).toHaveText('config')
  await expect(estimator.verdict).toHaveAttribute('data-verdict', /^(?:fits|tight|does_not_fit)$/)
  await photograph(headroom, 'a-picked')

  await estimator.sourceBadge('Layers').click()
  const source = estimator.sourcePopover('Layers')
  await expect(source).toContainText('config:config.json')
  await expect(source).toContainText('num_hidden_layers')
  await photograph(headroom, 'a-source')
  await headroom.page.keyboard.press('Escape')
  await expect(source).toBeHidden()
  await expect(estimator.sourceBadge('Layers')).toBeFocused()
})

test('an unlocked field can be overridden and restored', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const { page } = await launch({ registry: writeSampleRegistry(box) })
  const estimator = new EstimatorPage(page)
  await estimator.pick('llama-3.1-8b-instruct')
  await estimator.padlock('Layers').click()
  const input = estimator.architecture.getByRole('textbox', { name: 'Layers' })
  await expect(input).toBeFocused()
  await input.fill('16')
  await input.press('Enter')
  await expect(estimator.sourceBadge('Layers')).toHaveText('manual')
  await estimator.architecture.getByRole('button', { name: 'Restore Layers from config' }).click()
  await expect(estimator.field('Layers')).toContainText('32')
  await expect(estimator.sourceBadge('Layers')).toHaveText('config')
})

test('a model of which nothing is known says what is missing', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const { page } = await launch({ registry: writeSampleRegistry(box) })
  const estimator = new EstimatorPage(page)
  await estimator.pick('mystery-model')
  await expect(estimator.verdict).toHaveAttribute('data-verdict', 'unknown')
})
