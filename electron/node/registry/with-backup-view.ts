import { ok, type Result } from '#shared/domain/result'
import { type RegistryService } from './registry-service'

/**
 * The registry as people meet it: when a file cannot be read, the newest good backup is shown in its place (`readOnly`
 * of the snapshot says so) and every change is refused with READ_ONLY. Restoring is the way out, and stays possible.
 */
export function withBackupView(service: RegistryService): RegistryService {
  const refused = async <T>(result: Result<T>): Promise<Result<T>> => {
    if (result.ok || result.error.code !== 'BAD_REGISTRY') return result
    const view = await service.loadBackupView(result.error)
    return view.ok ? view.value.refusal : result
  }
  return {
    ...service,
    load: async () => {
      const loaded = await service.load()
      if (loaded.ok || loaded.error.code !== 'BAD_REGISTRY') return loaded
      const view = await service.loadBackupView(loaded.error)
      return view.ok ? ok(view.value.snapshot) : loaded
    },
    change: async (change) => refused(await service.change(change)),
    apply: async (request) => refused(await service.apply(request)),
    undo: async (expected, choice) => refused(await service.undo(expected, choice)),
  }
}
