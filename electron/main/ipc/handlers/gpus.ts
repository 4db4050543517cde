import { errorText, ok } from '#shared/domain/result'
import type { HandlerContext, Handlers } from './handlers'

export function gpuHandlers({ services }: HandlerContext): Pick<Handlers, 'gpus:list'> {
  return {
    'gpus:list': async () => {
      const found = await services.hardware.listGpus()
      if (found.ok) return ok({ gpus: [...found.value] })
      // No card is a normal state of a machine: the page explains it and offers the list to choose from.
      return ok({ gpus: [], problem: errorText(found.error) })
    },
  }
}
