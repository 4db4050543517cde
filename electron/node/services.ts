import { join } from 'node:path'
import { type Gpu } from '#shared/domain/hardware'
import { ok, type Result } from '#shared/domain/result'
import { listGpus } from './hardware/list-gpus'
import { type JobOptions } from './job-options'
import { createInspector, type Inspector } from './library/inspector'
import { type Maintenance } from './maintenance/maintenance'
import { migrate } from './maintenance/migrate'
import { pendingModels, reconcile } from './maintenance/reconcile'
import { createRegistryService } from './registry/create-registry-service'
import { locateRegistry } from './registry/locate-registry'
import { type RegistryService } from './registry/registry-service'
import { withBackupView } from './registry/with-backup-view'
import { findRegistryPath } from './registry-path'
import { writeSampleLibrary } from './sample/write-sample-library'
import { createSettingsStore, type SettingsStore } from './settings/settings-store'
import { type World } from './world'

export type { JobOptions, Maintenance, SettingsStore, World }

export interface Hardware {
  /** Detected cards; an absent or broken driver tool is a coded error with a hint, never an empty success. */
  listGpus(): Promise<Result<readonly Gpu[]>>
}

/** What the user has agreed to. */
export interface Consent {
  /** Changes of the registry where its folder takes no lock file. */
  readonly withoutLock?: boolean
}

/** Everything the window and the command line share. */
export interface Services {
  readonly world: World
  readonly settings: SettingsStore
  readonly hardware: Hardware
  readonly inspector: Inspector
  readonly maintenance: Maintenance
  /** `explicit` (a flag) > HEADROOM_REGISTRY_DIR > IMAGEWORKS_REGISTRY_DIR > settings; NO_REGISTRY when none is set. */
  openRegistry(explicit?: string, consent?: Consent): Promise<Result<RegistryService>>
  /** Writes the sample library into the data directory (once) and makes it the registry. */
  useSampleLibrary(): Promise<Result<RegistryService>>
  close(): Promise<void>
}

export interface ServiceOptions {
  /** The built `parse-worker` beside the program. */
  readonly workerUrl: URL
}

/** Puts the parts together. Nothing is read or started before it is asked for. */
export function createServices(world: World, options: ServiceOptions): Services {
  const settings = createSettingsStore(world)
  const cacheFile = join(world.dataDir, 'cache', 'inspections.json')
  const inspector = createInspector({ workerUrl: options.workerUrl, now: world.now, cacheFile })
  const open = async (path: string, consent: Consent = {}): Promise<Result<RegistryService>> => {
    const location = await locateRegistry(path)
    if (!location.ok) return location
    const { dataDir, now } = world
    return ok(withBackupView(createRegistryService({ ...consent, location: location.value, dataDir, now })))
  }
  return {
    world,
    settings,
    inspector,
    hardware: { listGpus: () => listGpus(world) },
    maintenance: {
      migrate: (registry, job) => migrate(registry, { inspector, now: world.now }, job),
      reconcile: (registry, job) => reconcile(registry, world, job),
      pending: (registry) => pendingModels(registry, world),
    },
    async openRegistry(explicit, consent) {
      const path = await findRegistryPath(explicit, { env: world.env, settings })
      return path.ok ? open(path.value, consent) : path
    },
    async useSampleLibrary() {
      const path = await writeSampleLibrary(world)
      if (!path.ok) return path
      const saved = await settings.update({ registry_path: path.value })
      return saved.ok ? open(path.value) : saved
    },
    close: () => inspector.close(),
  }
}
