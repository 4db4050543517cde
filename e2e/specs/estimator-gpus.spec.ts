import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { violationsOf } from '../fixtures/axe'
import { writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { card } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'

const small = { name: 'RTX 4060 Ti', total_bytes: 16_728_000_000 }

function writeTwoCards(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true })
  const settings = { schema: 1, theme: 'system', contrast: 'system', manual_gpus: [card, small] }
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings))
}

test('different cards together: a bar for each on one scale, the deciding one first and named', async ({
  box,
  dataDir,
  launch,
}) => {
  writeTwoCards(dataDir)
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  await estimator.pick('llama-3.1-8b-instruct')
  await page.getByRole('radio', { name: /^Different cards together/ }).check()
  await expect(estimator.answer).toContainText('on GPU 1, RTX 4060 Ti, which decides')
  await expect(estimator.memoryBar).toHaveAccessibleName('Memory on GPU 1, RTX 4060 Ti')
  await expect(page.getByRole('img', { name: /^GPU 0, RTX 4090: [\d.]+ of [\d.]+ GiB budget/ })).toBeVisible()
  await photograph(headroom, 'gpus-mixed')

  await page.getByRole('textbox', { name: 'Number of RTX 4060 Ti' }).fill('3')
  await page.getByRole('textbox', { name: 'Number of RTX 4060 Ti' }).press('Enter')
  await expect(page.getByRole('combobox', { name: 'How the model is split' })).toHaveValue('4x1')
  await page.getByRole('combobox', { name: 'How the model is split' }).selectOption('2x2')
  await expect(estimator.diff).toContainText('added --tensor-parallel-size 2')
  await expect(estimator.diff).toContainText('added --pipeline-parallel-size 2')
  await photograph(headroom, 'gpus-split')
  expect(await violationsOf(page)).toEqual([])
})

test('a model that needs several machines: sizes and flags to copy', async ({ box, dataDir, launch }) => {
  writeTwoCards(dataDir)
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  await estimator.pick('llama-3.1-8b-instruct')
  await estimator.setContext(131_072)
  await estimator.setBatch(16)
  await page.getByRole('button', { name: 'Plan over more GPUs' }).click()
  const plan = page.getByTestId('larger-plan')
  await page.getByRole('textbox', { name: 'GPUs in one machine' }).fill('4')
  await page.getByRole('textbox', { name: 'GPUs in one machine' }).press('Enter')
  await expect(plan).toContainText(/Fits on \d+ machines with up to 4 × RTX 4090 each/)
  await expect(plan).toContainText(
    /--tensor-parallel-size \d+ --pipeline-parallel-size \d+ --distributed-executor-backend ray/,
  )
  await photograph(headroom, 'gpus-machines')
  await plan.getByRole('button', { name: 'Use this split' }).click()
  await expect(estimator.verdict).toHaveAttribute('data-verdict', 'fits')
})
