import { type Result } from '#shared/domain/result'
import { ensureOwnRegistry } from '../node/library/own-registry'
import { type RegistryService } from '../node/registry/registry-service'
import { type CliContext } from './command'

/** The chosen registry; without one, a registry of the program's own is made in the data folder. */
export async function registryToFill(context: CliContext): Promise<Result<RegistryService>> {
  const chosen = await context.openRegistry()
  if (chosen.ok || chosen.error.code !== 'NO_REGISTRY') return chosen
  const folder = await ensureOwnRegistry(context.services.world)
  if (!folder.ok) return folder
  const opened = await context.services.openRegistry(folder.value)
  if (!opened.ok) return opened
  const saved = await context.services.settings.update({ registry_path: folder.value })
  return saved.ok ? opened : saved
}
