import { type Locator, type Page } from '@playwright/test'

export class MaintenancePage {
  readonly lookButton: Locator
  readonly reconcileButton: Locator
  readonly measured: Locator
  readonly dryRunButton: Locator
  readonly undoButton: Locator
  readonly changes: Locator
  readonly backups: Locator
  readonly health: Locator
  readonly confirmRestore: Locator
  /** Something changed since: the three ways. */
  readonly undoChoice: Locator
  /** The same value changed too. */
  readonly undoBlocked: Locator

  constructor(readonly page: Page) {
    this.lookButton = page.getByRole('button', { name: /^Look (?:for measurements|again)$/ })
    this.reconcileButton = page.getByRole('button', { name: /^Reconcile \d+ model/ })
    this.measured = page.getByRole('table', { name: 'Measured values' })
    this.dryRunButton = page.getByRole('button', { name: /^(?:Dry run|Run again)$/ })
    this.undoButton = page.getByRole('button', { name: 'Undo last change' })
    this.changes = page.getByRole('table', { name: 'Changes by Headroom' })
    this.backups = page.getByRole('table', { name: 'Backups' })
    this.health = page.getByRole('region', { name: 'Registry health' })
    this.confirmRestore = page.getByRole('alertdialog').getByRole('button', { name: 'Restore backup' })
    this.undoChoice = page.getByRole('alertdialog', { name: 'Something else changed since' })
    this.undoBlocked = page.getByRole('alertdialog', { name: 'The same value changed since' })
  }

  /** The sentence about what was written. */
  get written(): Locator {
    return this.page.getByText(/^Written: /)
  }
}
