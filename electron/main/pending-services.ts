import { fail, ok } from '#shared/domain/result'
import type { Services } from '../node/services'
import type { World } from '../node/world'

/** Stand-in until `createServices` lands; removed then. */
export function createServices(world: World): Services {
  let settings: { theme: 'system' | 'light' | 'dark'; contrast: 'system'; manual_gpus: [] } = {
    theme: 'system',
    contrast: 'system',
    manual_gpus: [],
  }
  const absent = async (): Promise<ReturnType<typeof fail>> => fail('NO_REGISTRY', 'No registry is configured.')
  return {
    world,
    settings: {
      read: async () => ok(settings),
      notices: () => [],
      update: async (patch) => {
        settings = { ...settings, ...patch } as typeof settings
        return ok(settings)
      },
    },
    hardware: { listGpus: async () => fail('UNAVAILABLE', 'nvidia-smi was not found.') },
    inspector: { inspect: absent, close: async () => {} },
    maintenance: { migrate: absent, reconcile: absent, pending: absent },
    openRegistry: absent,
    useSampleLibrary: absent,
    close: async () => {},
  }
}
