import { app, type WebContents } from 'electron'
import { openExternal } from './external'
import { isOwnUrl } from './origin'

/** Every page that ever comes to be stays where it is: no navigation away, no new window, no webview. */
export function confineNavigation(origin: string, home: string): void {
  app.on('web-contents-created', (_event, contents) => {
    confine(contents, origin)
    contents.on('did-navigate', (_navigated, url) => {
      // Chromium commits `about:blank` without asking anybody: come back at once.
      if (!isOwnUrl(url, origin) && contents.getType() === 'window') void contents.loadURL(home)
    })
  })
}

function confine(contents: WebContents, origin: string): void {
  contents.on('will-navigate', (event) => {
    if (!isOwnUrl(event.url, origin)) event.preventDefault()
  })
  contents.on('will-frame-navigate', (event) => {
    // The window uses no frames at all, so even an own page in one is wrong.
    if (!event.isMainFrame || !isOwnUrl(event.url, origin)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => {
    if (!isOwnUrl(event.url, origin)) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    void openExternal(url)
    return { action: 'deny' }
  })
}
