import { expect, type Locator, type Page } from '@playwright/test'

export type DetailTab = 'Architecture' | 'Files' | 'Settings' | 'Raw' | 'History'

export class ModelsPage {
  readonly grid: Locator
  readonly search: Locator
  readonly drawer: Locator
  /** The same detail in a window too narrow for both. */
  readonly narrowDetail: Locator
  readonly editFlags: Locator
  readonly flagsText: Locator
  readonly saveFlags: Locator
  readonly flagsDiff: Locator
  readonly theirs: Locator
  readonly keepMine: Locator
  readonly takeTheirs: Locator
  readonly bulk: Locator

  constructor(readonly page: Page) {
    this.grid = page.getByRole('grid', { name: 'Models' })
    this.search = page.getByRole('searchbox', { name: 'Search models' })
    this.drawer = page.getByRole('complementary')
    this.narrowDetail = page.locator('[role="dialog"].drawer')
    const flags = page.getByRole('region', { name: 'Launch flags' })
    this.editFlags = flags.getByRole('button', { name: 'Edit launch flags' })
    this.flagsText = flags.getByRole('textbox', { name: 'Launch flags as text' })
    this.saveFlags = flags.getByRole('button', { name: /^Save/ })
    this.flagsDiff = flags.getByRole('list', { name: 'Change to the launch flags' })
    this.theirs = flags.getByRole('list', { name: 'What the other program changed' })
    this.keepMine = flags.getByRole('button', { name: 'Keep mine' })
    this.takeTheirs = flags.getByRole('button', { name: 'Take theirs' })
    this.bulk = page.getByRole('region', { name: 'Selected models' })
  }

  row(name: string): Locator {
    return this.grid.getByRole('row').filter({ has: this.page.getByText(name, { exact: true }) })
  }

  async open(name: string): Promise<void> {
    await this.row(name).click()
    await expect(this.drawer).toBeVisible()
  }

  async showTab(name: DetailTab): Promise<void> {
    await this.tab(name).click()
    await expect(this.tab(name)).toHaveAttribute('aria-selected', 'true')
  }

  tab(name: DetailTab): Locator {
    return this.drawer.getByRole('tab', { name: new RegExp(`^${name}`) })
  }

  field(label: string): Locator {
    const list = this.drawer.getByRole('list', { name: 'Architecture' })
    return list.getByRole('listitem').filter({ has: this.page.getByText(label, { exact: true }) })
  }

  async setByHand(label: string, value: string, note: string): Promise<void> {
    await this.field(label)
      .getByRole('button', { name: `Set ${label} by hand` })
      .click()
    await this.field(label).getByRole('textbox').first().fill(value)
    await this.field(label)
      .getByRole('textbox', { name: `Note on ${label}` })
      .fill(note)
    await this.field(label).getByRole('button', { name: 'Set by hand', exact: true }).click()
  }

  tick(name: string): Locator {
    return this.grid.getByRole('checkbox', { name: `Select ${name}` })
  }

  /** Names in the order of the table, as far as they are drawn. */
  async names(): Promise<string[]> {
    const cells = this.grid.locator('tbody tr:not(.spacer) td:nth-child(2)')
    return (await cells.allInnerTexts()).map((text) => text.trim())
  }
}
