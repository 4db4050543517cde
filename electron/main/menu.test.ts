import { type MenuItemConstructorOptions } from 'electron'
import { expect, it, vi } from 'vitest'
import { pages } from '#shared/window/pages'

vi.mock('electron', () => ({ app: {}, Menu: {} }))
const { menuTemplate } = await import('./menu')

function itemsOf(platform: NodeJS.Platform, run = (_command: string): void => {}): MenuItemConstructorOptions[] {
  const actions = { run, openFile: () => {}, openFolder: () => {} }
  return menuTemplate(actions, { devTools: false, platform }).flatMap(({ submenu }) =>
    Array.isArray(submenu) ? submenu : [],
  )
}

it.each(['linux', 'darwin', 'win32'] as const)(
  'gives no accelerator twice and always offers the settings (%s)',
  (platform) => {
    const accelerators = itemsOf(platform).flatMap(({ accelerator }) =>
      accelerator === undefined ? [] : [accelerator],
    )
    expect(new Set(accelerators).size).toBe(accelerators.length)
    expect(itemsOf(platform).filter(({ label }) => label?.startsWith('Settings')).length).toBeGreaterThanOrEqual(1)
  },
)

it('asks the page for each of its pages, numbered in order', () => {
  const asked: string[] = []
  const items = itemsOf('linux', (command) => asked.push(command))
  for (const [index, { name, label }] of pages.entries()) {
    const item = items.find((candidate) => candidate.accelerator === `CommandOrControl+${index + 1}`)
    expect(item?.label).toBe(label)
    // Electron passes three arguments that these handlers do not use.
    ;(item?.click as (() => void) | undefined)?.()
    expect(asked.at(-1)).toBe(`go:${name}`)
  }
})

it('has no reload and no developer tools in a package', () => {
  const roles = itemsOf('linux').map(({ role }) => role)
  expect(roles).not.toContain('reload')
  expect(roles).not.toContain('toggleDevTools')
})
