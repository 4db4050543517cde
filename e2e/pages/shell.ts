import { type Locator, type Page } from '@playwright/test'

export const pageNames = ['Estimator', 'Models', 'Downloads', 'Maintenance', 'Settings'] as const
export type PageName = (typeof pageNames)[number]

/** The frame around the pages: rail, palette, toasts. */
export class Shell {
  readonly main: Locator
  readonly rail: Locator

  constructor(readonly page: Page) {
    this.main = page.getByRole('main')
    this.rail = page.getByRole('navigation', { name: 'Pages' })
  }

  async goTo(name: PageName): Promise<void> {
    await this.railLink(name).click()
    await this.shows(name)
  }

  async shows(name: PageName): Promise<void> {
    await this.page.locator(`nav a[aria-current="page"]`, { hasText: name }).waitFor()
  }

  railLink(name: PageName): Locator {
    return this.rail.getByRole('link', { name })
  }

  toast(text: string | RegExp): Locator {
    return this.page.getByText(text)
  }

  get palette(): Locator {
    return this.page.getByRole('dialog', { name: /command/i })
  }
}
