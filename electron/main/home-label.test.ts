import { expect, it } from 'vitest'
import { homeLabel } from './home-label'

it.each([
  ['/home/ann/models', '/home/ann', '~/models'],
  ['/home/ann', '/home/ann', '~'],
  ['/home/anna/x', '/home/ann', '/home/anna/x'],
  ['/srv/x', '/', '/srv/x'],
  ['/srv/x', '', '/srv/x'],
])('%s of %s is shown as %s', (path, home, label) => {
  expect(homeLabel(path, home)).toBe(label)
})
