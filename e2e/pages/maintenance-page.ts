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
  readonly fixDuplicates: Locator
  readonly tidyDialog: Locator
  readonly backUpNow: Locator
  readonly setAside: Locator
  readonly readOnlyBanner: Locator

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
    this.fixDuplicates = page.getByRole('button', { name: 'Fix duplicate names' })
    this.tidyDialog = page.getByRole('alertdialog', { name: 'Put duplicates and orphans right?' })
    this.backUpNow = page.getByRole('button', { name: 'Back up now' })
    this.setAside = page.getByRole('region', { name: 'Set aside' })
    this.readOnlyBanner = page.getByRole('region', { name: 'Read-only registry' })
  }

  /** The sentence about what was written. */
  get written(): Locator {
    return this.page.getByText(/^Written: /)
  }
}
