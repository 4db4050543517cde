import { type Locator, type Page } from '@playwright/test'

export class DownloadsPage {
  readonly search: Locator
  readonly variants: Locator
  readonly queue: Locator
  readonly finished: Locator
  readonly leftovers: Locator
  readonly files: Locator
  /** Models found on the disk, before they are registered. */
  readonly found: Locator

  constructor(readonly page: Page) {
    this.search = page.getByRole('textbox', { name: 'Repository or address' })
    this.variants = page.getByRole('table', { name: 'Variants' })
    this.queue = page.getByRole('list', { name: 'Downloads in the queue' })
    this.finished = page.getByRole('table', { name: 'Finished downloads' })
    this.leftovers = page.getByRole('list', { name: 'Leftovers' })
    this.files = page.getByRole('list', { name: 'Files of the repository' })
    this.found = page.getByRole('table', { name: 'Models found' })
  }

  async lookUp(text: string): Promise<void> {
    await this.search.fill(text)
    await this.search.press('Enter')
  }

  variant(label: string): Locator {
    return this.variants.getByRole('row', { name: new RegExp(label) })
  }

  async tick(label: string): Promise<void> {
    await this.variants.getByRole('checkbox', { name: label, exact: true }).check()
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name })
  }

  /** Launch flags proposed for a model that has arrived. */
  proposal(model: string): Locator {
    return this.page.getByRole('region', { name: `Proposed launch flags for ${model}` })
  }

  get alert(): Locator {
    return this.page.getByRole('alert')
  }
}
