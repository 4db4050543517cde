import { protocol, type Session } from 'electron'
import { appHost, appScheme, isOwnUrl } from './origin'
import { serveBundle } from './serve-bundle'

/** Must run before `ready`. */
export function declareAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

export function serveAppScheme(session: Session, bundleDir: string): void {
  session.protocol.handle(appScheme, (request) => serveBundle(bundleDir, appHost, request))
}

/** The window needs no network: whatever is not its own origin (or the developer tools) is cancelled. */
export function blockForeignRequests(session: Session, origin: string): void {
  session.setSpellCheckerEnabled(false)
  session.webRequest.onBeforeRequest((details, decide) => {
    const isOwn = isOwnUrl(details.url, origin) || isOwnUrl(details.url.replace(/^ws/, 'http'), origin)
    decide({ cancel: !isOwn && !/^(devtools|data|blob):/.test(details.url) })
  })
}
