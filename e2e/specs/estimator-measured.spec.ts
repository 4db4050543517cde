import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { violationsOf } from '../fixtures/axe'
import { entryOf, writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'
import { ModelsPage } from '../pages/models-page'
import { Shell } from '../pages/shell'

const model = 'qwen3-8b'
const flags = ['--max-model-len', '8192', '--gpu-memory-utilization', '0.9', '--max-num-seqs', '8']

/** One start as `headroom serve` would record it. Budget 21.17 GiB: weights, peak, non-torch and pool add up to it. */
const start = {
  timestamp: '2026-02-03T10:00:00+00:00',
  model,
  backend: 'vllm',
  served_model_id: null,
  payload: {
    source: 'headroom-serve',
    extra_args: flags,
    metrics: {
      configured_max_model_len: 8192,
      configured_max_num_seqs: 8,
      configured_gpu_memory_utilization: 0.9,
      configured_tensor_parallel_size: 1,
      gpu_memory_gib: { index: 0, name: 'NVIDIA GeForce RTX 4090', used: 21.6, total: 23.52 },
      engine_version: '0.25.1',
      kv_cache_dtype: 'bfloat16',
      weights_gib: 15.27,
      peak_activation_gib: 0.2,
      non_torch_gib: 0.09,
      available_kv_gib: 5.2,
      kv_cache_tokens: 37_856,
      cuda_graph_gib: 0.4,
    },
  },
}

test('a start recorded while the app is open: offer, reconcile, provenance, error, terms one by one', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const headroom = await launch({ registry: folder })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  await estimator.pick(model)
  await expect(page.getByText('A new start of this model was recorded.')).toHaveCount(0)
  await expect(estimator.measured).toHaveCount(0)

  appendFileSync(join(box, 'my models', 'logs', 'model_loader_metrics.jsonl'), `${JSON.stringify(start)}\n`)
  await expect(new Shell(page).toast(`A start of ${model} was recorded.`)).toBeVisible()
  const offer = page.getByText('A new start of this model was recorded.')
  await offer.scrollIntoViewIfNeeded()
  await photograph(headroom, 'measured-offer')

  await page.getByRole('button', { name: 'Reconcile', exact: true }).click()
  await expect(estimator.measured).toBeVisible()
  await expect(offer).toHaveCount(0)
  const runtime = (
    entryOf(folder, 'discovered', model)['metadata'] as { architecture: { runtime: object; sources: string[] } }
  ).architecture
  expect(runtime.runtime).toMatchObject({ source: 'headroom-serve', weights_gib: 15.27 })
  expect(runtime.sources).toContain('runtime:vllm')
  const errors = estimator.measured.getByRole('row', { name: /^Error/ })
  await expect(errors).toContainText(/[+−]\d+\.\d\d/)
  await expect(estimator.answer).toContainText('last measured 3 Feb 2026')
  await photograph(headroom, 'measured-reconciled')

  // Weights hold whatever the settings are; one switch takes them out of the estimate.
  const weights = page.getByRole('checkbox', { name: 'Use the measured weights' })
  await expect(weights).toBeChecked()
  await estimator.memoryBar.getByRole('button', { name: /^Weights, / }).click()
  await expect(page.getByRole('dialog', { name: 'Weights formula' })).toContainText('runtime')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog', { name: 'Weights formula' })).toHaveCount(0)
  // Not uncheck(): that wants the answer of a busy page at once.
  await weights.click()
  await expect(weights).not.toBeChecked()
  await expect(page.getByText(/^Measured in this estimate: (?!.*weights)/)).toBeVisible()

  // Other sequences than measured: the terms that hang on them no longer hold, and the page says why.
  await estimator.setBatch(2)
  await expect(
    page.getByText(/^Not used: .*activations.*because .*--max-num-seqs.* is 2, it was 8 when measured/),
  ).toBeVisible()
  await estimator.measured.scrollIntoViewIfNeeded()
  await photograph(headroom, 'measured-terms')
  expect(await violationsOf(page)).toEqual([])

  // The same comparison stands in the detail of the Models page.
  await new Shell(page).goTo('Models')
  const models = new ModelsPage(page)
  await models.open(model)
  const compared = models.drawer.getByRole('table', { name: 'Measured against estimated' })
  await expect(compared.getByRole('row', { name: /^Weights/ })).toContainText(/15\.\d\d\s*15\.27\s*[+−]\d\.\d\d/)
  await expect(models.field('KV precision')).toContainText('measured bfloat16')
  expect(await violationsOf(page)).toEqual([])
  await photograph(headroom, 'measured-models')
})

/** What vLLM says when the context does not fit beside the weights, as a log of such a start gives it. */
const refusal = {
  failure:
    "To serve at least one request with the models's max seq len (40960), (5.62 GiB KV cache is needed, which is larger than the available KV cache memory (3.75 GiB). Based on the available memory, the estimated maximum model length is 27296. Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.",
  failure_kind: 'needed_gt_available',
  failed_max_model_len: 40_960,
  needed_kv_gib: 5.62,
  estimated_max_model_len: 27_296,
  available_kv_gib: 3.75,
  engine_version: '0.11.0',
  weights_gib: 15.27,
  gpu_memory_gib: { index: 0, total: 23.52 },
}

test('a start that the engine refused: its sentence, and the context it suggested', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const payload = { ...start.payload, extra_args: ['--max-model-len', '40960'], metrics: refusal }
  appendFileSync(
    join(box, 'my models', 'logs', 'model_loader_metrics.jsonl'),
    `${JSON.stringify({ ...start, payload })}\n`,
  )
  const headroom = await launch({ registry: folder })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  await estimator.pick(model)
  await page.getByRole('button', { name: 'Reconcile', exact: true }).click()
  const refused = page.getByTestId('refused-start')
  await refused.scrollIntoViewIfNeeded()
  await expect(refused).toContainText('vLLM 0.11.0 refused this start: To serve at least one request')
  await expect(refused).toContainText('It suggested at most 27,296 tokens.')
  await photograph(headroom, 'measured-refused')
  await refused.getByRole('button', { name: 'Use 27,296 tokens' }).click()
  await expect(estimator.contextNumber).toHaveValue('27,296')
  expect(await violationsOf(page)).toEqual([])
})
