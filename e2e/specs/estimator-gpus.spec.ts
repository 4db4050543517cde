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

test('llama.cpp over two cards: split mode, shares and main GPU, with the values of each card', async ({
  box,
  dataDir,
  launch,
}) => {
  writeTwoCards(dataDir)
  const headroom = await launch({ registry: writeSampleRegistry(box) })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  await estimator.pick('llama3.1-8b-q4_k_m')
  await page.getByRole('radiogroup', { name: 'Engine' }).getByRole('radio', { name: 'llama.cpp' }).click()
  await page.getByRole('radio', { name: /^Different cards together/ }).check()
  const split = page.getByTestId('llama-split')
  const weights = page.getByRole('button', { name: /^Weights/ }).and(page.locator('[data-legend]'))
  await expect(weights).toContainText(/GPU [01] \d+\.\d/)

  const shares = split.getByRole('textbox', { name: 'Shares of the GPUs' })
  await shares.fill('1,2,3')
  await shares.press('Enter')
  await expect(split.getByRole('alert')).toHaveText('Write up to 2 shares, such as 3,1.')
  await shares.fill('1, 3')
  await shares.press('Enter')
  await expect(shares).toHaveValue('1,3')
  await expect(estimator.diff).toContainText('added --tensor-split 1,3')
  await photograph(headroom, 'gpus-llama-split')
  await split.getByRole('button', { name: 'What is Split mode?' }).click()
  await expect(page.getByRole('dialog', { name: 'About Split mode' })).toContainText('row: the rows of large matrices')
  await page.keyboard.press('Escape')

  await split.getByRole('combobox', { name: 'Split mode' }).selectOption('none')
  await expect(shares).toBeHidden()
  await split.getByRole('combobox', { name: 'Main GPU' }).selectOption('1')
  await expect(estimator.diff).toContainText('added --main-gpu 1')
  await expect(page.getByRole('img', { name: /^GPU 0, RTX 4090: 0\.\d of/ })).toBeVisible()
  expect(await violationsOf(page)).toEqual([])
  await split.getByRole('button', { name: 'Restore the split' }).click()
  await expect(split.getByRole('combobox', { name: 'Split mode' })).toHaveValue('layer')
})
