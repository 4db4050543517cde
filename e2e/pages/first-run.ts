import { type Locator, type Page } from '@playwright/test'

/** What pages show while no registry is open. */
export class FirstRunPage {
  readonly sampleButton: Locator
  readonly openFolderButton: Locator
  readonly openFileButton: Locator
  readonly scanButton: Locator

  constructor(readonly page: Page) {
    this.sampleButton = page.getByRole('button', { name: 'Use the sample library' })
    this.openFolderButton = page.getByRole('button', { name: 'Open a registry folder' })
    this.openFileButton = page.getByRole('button', { name: 'Open a registry file' })
    this.scanButton = page.getByRole('button', { name: 'Scan a folder for models' })
  }

  async useSample(): Promise<void> {
    await this.sampleButton.click()
    await this.page.getByText(/Sample library ready: \d+ models/).waitFor()
  }
}
