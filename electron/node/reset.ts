import { join } from 'node:path'
import { assertNever, type Result } from '#shared/domain/result'
import { removeFile } from './files/replace-file'
import { type Services } from './services'

export const resettable = ['layout', 'cache'] as const
/** `layout`: how the window and its pages were left. `cache`: what was read out of model files before. */
export type Resettable = (typeof resettable)[number]

/**
 * Forgets how the window looked, or what was read before. Registries, models, the history, theme, cards and profiles
 * stay. Errors: those of the disk and of the settings.
 */
export async function reset(services: Services, what: Resettable): Promise<Result<unknown>> {
  switch (what) {
    case 'layout': {
      const removed = await removeFile(join(services.world.dataDir, 'window-state.json'))
      if (!removed.ok) return removed
      return services.settings.update({
        models_page: undefined,
        last_page: undefined,
        last_model: undefined,
        last_gpu: undefined,
      })
    }
    case 'cache':
      return services.inspector.forget()
    default:
      return assertNever(what)
  }
}
