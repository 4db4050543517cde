import { type Gpu } from '#shared/domain/hardware'
import { type Result } from '#shared/domain/result'
import { type MigrateReport, type ReconcileReport, type UiSettings } from '#shared/ipc/contract'
import { type Inspector } from './library/inspector'
import { type RegistryService } from './registry/registry-service'
import { type World } from './world'

export type { World }

export interface JobOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly label: string }) => void
}

export interface SettingsStore {
  read(): Promise<Result<UiSettings & { readonly registry_path?: string }>>
  update(
    patch: Partial<UiSettings & { registry_path: string }>,
  ): Promise<Result<UiSettings & { readonly registry_path?: string }>>
}

export interface Hardware {
  /** Detected cards; an absent or broken driver tool is a coded error with a hint, never an empty success. */
  listGpus(): Promise<Result<readonly Gpu[]>>
}

export interface Maintenance {
  migrate(
    registry: RegistryService,
    options: { readonly dryRun: boolean; readonly force: boolean; readonly only?: readonly string[] } & JobOptions,
  ): Promise<Result<MigrateReport>>
  reconcile(
    registry: RegistryService,
    options: {
      readonly dryRun: boolean
      readonly only?: readonly string[]
      readonly metricsPath?: string
    } & JobOptions,
  ): Promise<Result<ReconcileReport & { readonly metricsPath: string }>>
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
