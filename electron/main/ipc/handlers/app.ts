import { ok } from '#shared/domain/result'
import type { HandlerContext, Handlers } from './handlers'

export function appHandlers({ host }: HandlerContext): Pick<Handlers, 'app:info' | 'clipboard:write'> {
  return {
    'app:info': async () => ok(host.info()),
    'clipboard:write': async ({ text }) => {
      host.writeClipboard(text)
      return ok({})
    },
  }
}
