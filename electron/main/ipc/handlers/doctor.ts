import { ok } from '#shared/domain/result'
import { diagnose } from '../../../node/doctor'
import type { HandlerContext, Handlers } from './handlers'

/** The text behind "Copy report": what `headroom doctor` says, with the window's own versions on top. */
export function doctorHandlers({ services, session, host }: HandlerContext): Pick<Handlers, 'doctor:report'> {
  return {
    'doctor:report': async () => {
      const { version, electron, packaged } = host.info()
      const { facts, problems } = await diagnose(services, { registry: await session.current(), version })
      const lines = [
        `window: Electron ${electron}, ${packaged ? 'packaged' : 'checkout'}`,
        ...Object.entries(facts).map(([name, value]) => `${name}: ${value}`),
        ...problems.map((problem) => `problem: ${problem}`),
      ]
      return ok({ text: `${lines.join('\n')}\n` })
    },
  }
}
