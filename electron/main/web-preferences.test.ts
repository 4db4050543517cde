import { expect, it } from 'vitest'
import { windowWebPreferences } from './web-preferences'

it('gives the page no Node, no shared context and no way around the sandbox', () => {
  expect(windowWebPreferences('/preload.cjs', false)).toEqual({
    preload: '/preload.cjs',
    devTools: false,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
  })
})
