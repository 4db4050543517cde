import type { Session } from 'electron'
import { isOwnUrl } from './origin'

/** Copying text is all a page may ask for. */
const allowed: ReadonlySet<string> = new Set(['clipboard-sanitized-write'])

export function denyPermissions(session: Session, origin: string): void {
  session.setPermissionRequestHandler((_contents, permission, decide, details) => {
    decide(allowed.has(permission) && isOwnUrl(details.requestingUrl, origin))
  })
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin) => {
    return allowed.has(permission) && isOwnUrl(requestingOrigin, origin)
  })
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, decide) => decide({}))
  // Chromium would ask which device to hand out; an empty answer is "none".
  session.on('select-hid-device', (event, _details, choose) => refuseDevice(event, choose))
  session.on('select-usb-device', (event, _details, choose) => refuseDevice(event, choose))
  session.on('select-serial-port', (event, _ports, _contents, choose) => refuseDevice(event, () => choose('')))
}

function refuseDevice(event: { preventDefault: () => void }, choose: () => void): void {
  event.preventDefault()
  choose()
}
