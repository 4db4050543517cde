import { violationsOf } from '../fixtures/axe'
import { writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'

test('more requests than the card can hold: what vLLM does, and the batch that fits in full', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  await estimator.pick('llama-3.1-8b-instruct')
  await estimator.setContext(16_384)
  await estimator.setBatch(64)
  await expect(estimator.verdict).toHaveAttribute('data-verdict', 'does_not_fit')
  await expect(estimator.answer).toContainText(/vLLM starts and holds [\d.]+ of 64 requests at once/)
  await expect(estimator.answer).toContainText(/64 requests of 16,384 tokens need [\d.]+ GiB/)
  await photograph(headroom, 'answer-starts')
  expect(await violationsOf(page)).toEqual([])

  const use = page.getByRole('button', { name: /^Use \d+ as the batch, which fits in full$/ })
  const batch = /\d+/.exec((await use.getAttribute('aria-label')) ?? '')?.[0] ?? ''
  await use.click()
  await expect(estimator.verdict).toHaveAttribute('data-verdict', 'fits')
  await expect(estimator.batchNumber).toHaveValue(batch)

  await estimator.setContext(131_072)
  await estimator.setBatch(1)
  await expect(estimator.answer).toContainText('vLLM refuses to start: not even one request of 131,072 tokens fits.')
  await photograph(headroom, 'answer-refuses')
})
