import { expect, it } from 'vitest'
import { createOpenedFiles } from './opened-files'

it('holds files until the page listens, delivers each once, and waits again after a reload', () => {
  const sent: string[] = []
  const files = createOpenedFiles(
    (windowId, path) => ({ token: `${windowId}:${path}`, label: path }),
    (windowId, { token }) => sent.push(`${windowId} gets ${token}`),
  )
  files.open(['a'])
  expect(sent).toEqual([])
  files.pageIsReady(1)
  files.pageIsReady(1)
  expect(sent).toEqual(['1 gets 1:a'])
  files.open(['b'])
  files.pageIsGone()
  files.open(['c'])
  expect(sent).toEqual(['1 gets 1:a', '1 gets 1:b'])
  files.pageIsReady(2)
  expect(sent.at(-1)).toBe('2 gets 2:c')
})
