import { expect, it } from 'vitest'
import { pages } from '#shared/window/pages'
import { pageIds } from '../stores/navigation'
import { routes } from './routes'

it('shows the pages that the menu names, in its order, under its shortcuts', () => {
  expect(routes.map(({ id, label, shortcut }) => ({ name: id, label, shortcut }))).toEqual(
    pages.map(({ name, label }, index) => ({ name, label, shortcut: `Mod+${index + 1}` })),
  )
})

it('restores only pages that there are', () => {
  expect([...pageIds]).toEqual(pages.map(({ name }) => name))
})
