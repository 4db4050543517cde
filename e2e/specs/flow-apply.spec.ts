import { tabTo } from '../fixtures/keyboard'
import { entryOf, readLayers, writeSampleRegistry } from '../fixtures/sample-registry'
import { photograph } from '../fixtures/screenshots'
import { writeSettings } from '../fixtures/settings'
import { expect, test } from '../fixtures/test'
import { EstimatorPage } from '../pages/estimator-page'
import { Shell } from '../pages/shell'

const model = 'llama-3.1-8b-instruct'

function flagsOf(folder: string): string[] {
  const inCurated = entryOf(folder, 'curated', model)['backend_config'] as { extra_args: string[] }
  return inCurated.extra_args
}

/** The same flags in the same places, with these values: what "exactly those flags change" means. */
function withFlags(flags: readonly string[], values: Readonly<Record<string, string>>): string[] {
  return flags.map((text, index) => values[flags[index - 1] ?? ''] ?? text)
}

test('(c) a solved context and batch change exactly their flags, and undo brings the bytes back', async ({
  box,
  dataDir,
  launch,
}) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const before = readLayers(folder)
  const flagsBefore = flagsOf(folder)
  const headroom = await launch({ registry: folder })
  const { page } = headroom
  const estimator = new EstimatorPage(page)
  await estimator.pick(model)

  await estimator.solveTab('Both').click()
  const choice = estimator.frontier().getByRole('button', { name: /^Choose batch 4, / })
  const name = (await choice.getAttribute('aria-label')) ?? ''
  const context = Number(/([\d,]+) tokens/.exec(name)?.[1]?.replaceAll(',', ''))
  await choice.click()
  await expect(estimator.verdict).toHaveAttribute('data-verdict', 'fits')
  await expect(estimator.diff).toContainText(`added --max-model-len ${context}`)
  await expect(estimator.diff).toContainText('added --max-num-seqs 4')
  await photograph(headroom, 'c-diff')
  expect(readLayers(folder)).toEqual(before)

  await estimator.applyButton.click()
  await expect(new Shell(page).toast(/^Applied 2 changes to/)).toBeVisible()
  await photograph(headroom, 'c-applied')
  expect(flagsOf(folder)).toEqual(withFlags(flagsBefore, { '--max-model-len': String(context), '--max-num-seqs': '4' }))

  await estimator.undoButton.click()
  await expect(new Shell(page).toast(/^Taken back:/)).toBeVisible()
  await photograph(headroom, 'c-undone')
  expect(readLayers(folder)).toEqual(before)
})

test('(c) again with the keyboard alone', async ({ box, dataDir, launch }) => {
  writeSettings(dataDir)
  const folder = writeSampleRegistry(box)
  const before = readLayers(folder)
  const flagsBefore = flagsOf(folder)
  const { page } = await launch({ registry: folder })
  const estimator = new EstimatorPage(page)
  const { keyboard } = page
  await expect(estimator.model).toBeVisible()

  await keyboard.press('Control+f')
  await expect(estimator.model).toBeFocused()
  await keyboard.type(model)
  await keyboard.press('Enter')
  await estimator.settled()

  await tabTo(page, estimator.contextNumber)
  await keyboard.press('Control+a')
  await keyboard.type('8192')
  await keyboard.press('Enter')
  await tabTo(page, estimator.batchSlider)
  await keyboard.press('Home')
  await expect(estimator.diff).toContainText('added --max-num-seqs 1')
  await keyboard.press('Control+Enter')
  await expect(new Shell(page).toast(/^Applied 2 changes to/)).toBeVisible()
  expect(flagsOf(folder)).toEqual(withFlags(flagsBefore, { '--max-model-len': '8192', '--max-num-seqs': '1' }))

  await tabTo(page, estimator.undoButton)
  await keyboard.press('Enter')
  await expect(new Shell(page).toast(/^Taken back:/)).toBeVisible()
  expect(readLayers(folder)).toEqual(before)
})
