import { type Gpu } from '#shared/domain/hardware'
import { type Result } from '#shared/domain/result'
import { type JobOptions } from './job-options'
import { type Inspector } from './library/inspector'
import { type Maintenance } from './maintenance/maintenance'
import { type RegistryService } from './registry/registry-service'
import { type SettingsStore } from './settings/settings-store'
import { type World } from './world'

export type { JobOptions, Maintenance, SettingsStore, World }

export interface Hardware {
  /** Detected cards; an absent or broken driver tool is a coded error with a hint, never an empty success. */
  listGpus(): Promise<Result<readonly Gpu[]>>
}

/** Everything the window and the command line share. */
export interface Services {
  readonly world: World
  readonly settings: SettingsStore
  readonly hardware: Hardware
  readonly inspector: Inspector
  readonly maintenance: Maintenance
  /** `explicit` (a flag) > HEADROOM_REGISTRY_DIR > IMAGEWORKS_REGISTRY_DIR > settings; NO_REGISTRY when none is set. */
  openRegistry(explicit?: string): Promise<Result<RegistryService>>
  /** Writes the sample library into the data directory (once) and makes it the registry. */
  useSampleLibrary(): Promise<Result<RegistryService>>
  close(): Promise<void>
}
