import type { Result } from '#shared/domain/result'
import type { RegistryService } from '../../../node/registry/registry-service'
import type { HandlerContext } from './handlers'

/** Does the work on the registry that is open. Errors: those of opening it (NOT_FOUND, ...) and of the work. */
export async function withRegistry<T>(
  { session }: HandlerContext,
  work: (registry: RegistryService) => Promise<Result<T>>,
): Promise<Result<T>> {
  const registry = await session.current()
  return registry.ok ? work(registry.value) : registry
}
