import { expect, type Locator, type Page } from '@playwright/test'

export class EstimatorPage {
  readonly model: Locator
  readonly verdict: Locator
  /** The band with verdict, sentence and memory. */
  readonly answer: Locator
  readonly memoryBar: Locator
  readonly architecture: Locator
  readonly applyPanel: Locator
  /** Estimate and measurement of the last start, side by side. */
  readonly measured: Locator
  readonly diff: Locator
  readonly applyButton: Locator
  readonly undoButton: Locator
  readonly contextNumber: Locator
  readonly batchNumber: Locator
  readonly contextSlider: Locator
  readonly batchSlider: Locator

  constructor(readonly page: Page) {
    this.model = page.getByRole('combobox', { name: 'Model' })
    this.verdict = page.getByTestId('verdict')
    this.answer = page.getByRole('region', { name: 'Verdict and memory' })
    this.memoryBar = page.getByRole('group', { name: /^Memory on/ })
    this.architecture = page.getByRole('region', { name: 'Architecture' })
    this.measured = page.getByRole('table', { name: 'Measured against estimated' })
    this.applyPanel = page.locator('section', { has: page.getByRole('heading', { name: 'Apply to model settings' }) })
    this.diff = page.getByRole('list', { name: 'Change to extra_args' })
    this.applyButton = page.getByRole('button', { name: /^Apply \d+ change/ })
    this.undoButton = page.getByRole('button', { name: 'Undo last apply' })
    this.contextNumber = page.getByRole('textbox', { name: /^Context.*tokens/ })
    this.batchNumber = page.getByRole('textbox', { name: /^Batch,/ })
    this.contextSlider = page.getByRole('slider', { name: /^Context/ })
    this.batchSlider = page.getByRole('slider', { name: /^Batch/ })
  }

  /** Type-ahead, as a person does it. */
  async pick(name: string): Promise<void> {
    if ((await this.model.inputValue()) === name) return this.settled()
    await this.model.fill(name)
    await this.page.getByRole('option', { name: new RegExp(`^${literally(name)} `) }).click()
    await expect(this.model).toHaveValue(new RegExp(literally(name)))
    await this.settled()
  }

  /** The answer is there. */
  async settled(): Promise<void> {
    await expect(this.verdict).toHaveAttribute('data-verdict', /.+/)
  }

  field(label: string): Locator {
    return this.architecture.getByRole('listitem').filter({ has: this.page.getByText(label, { exact: true }) })
  }

  padlock(label: string): Locator {
    return this.architecture.getByRole('button', { name: `Unlock ${label}` })
  }

  sourceBadge(label: string): Locator {
    return this.architecture.getByRole('button', { name: new RegExp(`^${literally(label)}, from `) })
  }

  sourcePopover(label: string): Locator {
    return this.page.getByRole('dialog', { name: `Source of ${label}` })
  }

  solveTab(name: 'Context' | 'Batch' | 'Both'): Locator {
    return this.page.getByRole('radiogroup', { name: 'Solve for' }).getByRole('radio', { name })
  }

  frontier(): Locator {
    return this.page.getByRole('table', { name: 'Largest context for each batch' })
  }

  async setContext(tokens: number): Promise<void> {
    await commit(this.contextNumber, String(tokens))
  }

  async setBatch(requests: number): Promise<void> {
    await commit(this.batchNumber, String(requests))
  }
}

async function commit(box: Locator, text: string): Promise<void> {
  await box.fill(text)
  await box.press('Enter')
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
