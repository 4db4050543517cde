import { ok } from '#shared/domain/result'
import type { HandlerContext, Handlers } from './handlers'

export function appHandlers({ host, services }: HandlerContext): Pick<Handlers, 'app:info' | 'clipboard:write'> {
  return {
    'app:info': async () => {
      await services.settings.read()
      const notices = services.settings.notices()
      return ok({ ...host.info(), ...(notices.length > 0 && { notices: [...notices] }) })
    },
    'clipboard:write': async ({ text }) => {
      host.writeClipboard(text)
      return ok({})
    },
  }
}
