import { type Result } from '#shared/domain/result'
import { type MigrateReport, type ReconcileReport } from '#shared/ipc/contract'
import { type JobOptions } from '../job-options'
import { type RegistryService } from '../registry/registry-service'

export interface MigrateOptions extends JobOptions {
  readonly dryRun: boolean
  /** Write the block anew, with a new `collected_at`, even when nothing else differs. */
  readonly force: boolean
  /** Ids or names; absent means all. */
  readonly only?: readonly string[]
}

export interface ReconcileOptions extends JobOptions {
  readonly dryRun: boolean
  readonly only?: readonly string[]
  /** Default: see `findMetricsLog`. */
  readonly metricsPath?: string
}

export interface Maintenance {
  /** Reads the architecture of every installed model again. Nothing is written before all are read. */
  migrate(registry: RegistryService, options: MigrateOptions): Promise<Result<MigrateReport>>
  /** Merges the metrics log into the registry, in one change. */
  reconcile(
    registry: RegistryService,
    options: ReconcileOptions,
  ): Promise<Result<ReconcileReport & { readonly metricsPath: string }>>
  /** Names of models for which the log knows something that the registry does not. */
  pending(
    registry: RegistryService,
  ): Promise<Result<{ readonly models: readonly string[]; readonly metricsPath: string }>>
}
