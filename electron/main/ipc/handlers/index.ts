import { appHandlers } from './app'
import { careHandlers } from './care'
import { doctorHandlers } from './doctor'
import { downloadHandlers } from './downloads'
import { entryHandlers } from './entries'
import { fileHandlers } from './files'
import { gpuHandlers } from './gpus'
import type { HandlerContext, Handlers, PreloadHandlers } from './handlers'
import { importHandlers } from './imports'
import { maintenanceHandlers } from './maintenance'
import { modelHandlers } from './models'
import { profileHandlers } from './profiles'
import { registryHandlers } from './registry'
import { settingsHandlers } from './settings'

/** Every call of the contract, by area. Leaving one out does not compile. */
export function createHandlers(context: HandlerContext): Handlers & PreloadHandlers {
  return {
    ...appHandlers(context),
    ...careHandlers(context),
    ...doctorHandlers(context),
    ...entryHandlers(context),
    ...downloadHandlers(context),
    ...fileHandlers(context),
    ...gpuHandlers(context),
    ...importHandlers(context),
    ...maintenanceHandlers(context),
    ...modelHandlers(context),
    ...profileHandlers(context),
    ...registryHandlers(context),
    ...settingsHandlers(context),
  }
}
