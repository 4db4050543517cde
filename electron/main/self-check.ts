import { app, type BrowserWindow } from 'electron'

const timeoutMs = 30_000

interface SelfCheckReport {
  readonly ok: boolean
  readonly version: string
  readonly electron: string
  readonly title?: string
  readonly error?: string
}

/** Loads the page unseen, makes one call through the bridge, prints one line of JSON and leaves with 0 or 1. */
export async function selfCheck(window: BrowserWindow, url: string): Promise<void> {
  const versions = { version: app.getVersion(), electron: process.versions.electron ?? 'unknown' }
  const report = await withTimeout(examine(window, url)).then(
    (title): SelfCheckReport => ({ ok: true, ...versions, title }),
    (error: unknown): SelfCheckReport => ({ ok: false, ...versions, error: String(error) }),
  )
  process.stdout.write(`${JSON.stringify(report)}\n`, () => app.exit(report.ok ? 0 : 1))
}

async function examine(window: BrowserWindow, url: string): Promise<string> {
  await window.loadURL(url)
  const reply: unknown = await window.webContents.executeJavaScript(`window.api['app:info']({})`)
  const isAnswered = typeof reply === 'object' && reply !== null && 'ok' in reply && reply.ok === true
  if (!isAnswered) throw new Error(`app:info answered ${JSON.stringify(reply)}`)
  const hasContent: unknown = await window.webContents.executeJavaScript(waitForContent)
  if (hasContent !== true) throw new Error('the page stayed empty')
  return window.getTitle()
}

/** True as soon as the page has drawn something; the time-out outside covers "never". */
const waitForContent = `new Promise((resolve) => {
  const root = document.getElementById('root')
  const isDrawn = () => root !== null && root.childElementCount > 0
  if (isDrawn()) return resolve(true)
  new MutationObserver((_changes, observer) => {
    if (!isDrawn()) return
    observer.disconnect()
    resolve(true)
  }).observe(document, { childList: true, subtree: true })
})`

function withTimeout<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
