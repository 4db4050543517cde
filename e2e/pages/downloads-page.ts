import { type Locator, type Page } from '@playwright/test'

export class DownloadsPage {
  readonly search: Locator
  readonly variants: Locator
  readonly queue: Locator
  readonly finished: Locator

  constructor(readonly page: Page) {
    this.search = page.getByRole('textbox', { name: 'Repository or address' })
    this.variants = page.getByRole('table', { name: 'Variants' })
    this.queue = page.getByRole('list', { name: 'Downloads in the queue' })
    this.finished = page.getByRole('table', { name: 'Finished downloads' })
  }

  async lookUp(text: string): Promise<void> {
    await this.search.fill(text)
    await this.search.press('Enter')
  }

  variant(label: string): Locator {
    return this.variants.getByRole('row', { name: new RegExp(label) })
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name })
  }
}
