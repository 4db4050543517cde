import type { Result } from '#shared/domain/result'
import { ensureOwnRegistry } from '../node/library/own-registry'
import type { RegistryService } from '../node/registry/registry-service'
import type { Services } from '../node/services'
import type { RegistrySession } from './registry-session'

/** The open registry; without one, the app's own in the data folder, made now. */
export async function registryToFill(
  { world }: Pick<Services, 'world'>,
  session: RegistrySession,
): Promise<Result<RegistryService>> {
  const current = await session.current()
  if (current.ok || current.error.code !== 'NO_REGISTRY') return current
  const folder = await ensureOwnRegistry(world)
  return folder.ok ? session.choose(folder.value) : folder
}
