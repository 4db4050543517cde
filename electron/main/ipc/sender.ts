import { isOwnUrl } from '../origin'

/** What of Electron's event decides whether a call may be answered. */
export interface CallEvent {
  readonly sender: { readonly id: number; isDestroyed(): boolean }
  readonly senderFrame: { readonly url: string; readonly parent: unknown } | null
}

export interface SenderPolicy {
  readonly origin: string
  readonly isKnownWindow: (webContentsId: number) => boolean
}

/** Only the top frame of a window of ours, showing our own page, may call. */
export function isTrustedSender(event: CallEvent, policy: SenderPolicy): boolean {
  const frame = event.senderFrame
  if (frame === null || frame === undefined || frame.parent !== null) return false
  if (event.sender.isDestroyed() || !policy.isKnownWindow(event.sender.id)) return false
  return isOwnUrl(frame.url, policy.origin)
}
