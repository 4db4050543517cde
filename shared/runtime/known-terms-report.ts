import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type Sourced } from '#shared/domain/provenance'
import { type EngineId, type FlagLayer, type KnownTerms, type PlanGpu } from '#shared/estimator/request'

/** A measured term that cannot be used now, and the setting that differs. */
export interface DroppedTerm {
  readonly term: string
  readonly because: string
}

export interface KnownTermsReport {
  readonly known: KnownTerms
  /** Names of the measured terms in use: `weights`, `activation`, ... */
  readonly held: readonly string[]
  readonly dropped: readonly DroppedTerm[]
}

export interface KnownTermsInput {
  readonly architecture: ArchitectureMetadata
  readonly engine: EngineId
  readonly engineVersion?: Sourced<string>
  /** Flags of the plan, first layer wins. */
  readonly flags: readonly FlagLayer[]
  readonly gpus: readonly PlanGpu[]
}
