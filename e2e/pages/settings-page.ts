import { type Locator, type Page } from '@playwright/test'

export class SettingsPage {
  readonly profiles: Locator
  readonly find: Locator
  readonly margin: Locator

  constructor(readonly page: Page) {
    this.profiles = page.getByRole('region', { name: 'Overhead profiles' })
    this.find = page.getByRole('searchbox', { name: 'Find a setting' })
    this.margin = page.getByRole('textbox', { name: 'Extra margin, GiB' })
  }

  async open(): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Settings' }).click()
    await this.page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
  }

  /** The choice of a profile, by its name. */
  profile(name: string): Locator {
    return this.profiles.getByRole('radio', { name: `Use ${name}`, exact: true })
  }

  button(name: string): Locator {
    return this.profiles.getByRole('button', { name, exact: true })
  }

  editor(name: string): Locator {
    return this.page.getByRole('form', { name })
  }
}
