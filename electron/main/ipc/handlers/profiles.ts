import type { Result } from '#shared/domain/result'
import type { Output } from '#shared/ipc/contract'
import { acceptProfile, dropProfile, loadProfiles } from '../../../node/profiles/profiles'
import type { HandlerContext, Handlers } from './handlers'

/** Overhead profiles: those kept, and what the user's own starts teach. */
export function profileHandlers(
  context: HandlerContext,
): Pick<Handlers, 'profiles:load' | 'profiles:accept' | 'profiles:drop'> {
  const { services, session } = context
  const load = async (): Promise<Result<Output<'profiles:load'>>> => {
    const registry = await session.current()
    return loadProfiles(services.world, registry.ok ? registry.value : undefined)
  }
  return {
    'profiles:load': load,
    'profiles:accept': async ({ name }) => {
      const registry = await session.current()
      if (!registry.ok) return registry
      const kept = await acceptProfile(services.world, registry.value, name)
      return kept.ok ? load() : kept
    },
    'profiles:drop': async ({ name }) => {
      const dropped = await dropProfile(services.world, name)
      return dropped.ok ? load() : dropped
    },
  }
}
