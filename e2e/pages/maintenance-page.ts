import { type Locator, type Page } from '@playwright/test'

export class MaintenancePage {
  readonly lookButton: Locator
  readonly reconcileButton: Locator
  readonly measured: Locator
  readonly dryRunButton: Locator

  constructor(readonly page: Page) {
    this.lookButton = page.getByRole('button', { name: /^Look (?:for measurements|again)$/ })
    this.reconcileButton = page.getByRole('button', { name: /^Reconcile \d+ model/ })
    this.measured = page.getByRole('table', { name: 'Measured values' })
    this.dryRunButton = page.getByRole('button', { name: /^(?:Dry run|Run again)$/ })
  }

  /** The sentence about what was written. */
  get written(): Locator {
    return this.page.getByText(/^Written: /)
  }
}
