import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type Sourced } from '#shared/domain/provenance'
import { type TensorSummary } from '#shared/domain/tensors'

export const engineIds = ['vllm', 'llama.cpp', 'ollama'] as const
export type EngineId = (typeof engineIds)[number]

/** One card of the plan. Bytes are what the engine sees; `freeBytes` is absent when nobody asked the driver. */
export interface PlanGpu {
  readonly name?: string
  readonly totalBytes: number
  readonly freeBytes?: number
  /** `nvidia-smi`, `flag`, `manual`, `default:<reason>` */
  readonly source: string
}

/** Launch flags by canonical name (dashed, no leading dashes, short forms expanded): `{ 'max-model-len': '8192', 'enforce-eager': true }`. */
export type FlagValues = Readonly<Record<string, string | true>>

/** Flags of one origin. Layers are searched in order, so an explicit flag stands before `extra_args`. */
export interface FlagLayer {
  /** `flag`, `extra_args`, `page`, `solver`, `generation_defaults`, ... shown to the user. */
  readonly source: string
  readonly values: FlagValues
}

/**
 * Terms that are known rather than modelled: given by hand to replay a start, or measured by the engine on an
 * earlier start whose settings still hold. Bytes per GPU, except `weightsBytes` (whole model on disk, or per GPU when
 * `weightsArePerGpu`). A given term has no interval.
 */
export interface KnownTerms {
  readonly weightsBytes?: Sourced<number>
  readonly weightsArePerGpu?: boolean
  readonly visionBytes?: Sourced<number>
  readonly activationBytes?: Sourced<number>
  readonly nonTorchBytes?: Sourced<number>
  readonly graphBytes?: Sourced<number>
  readonly availableKvBytes?: Sourced<number>
}

/** Corrections for a family of GPUs; see `profiles.ts`. Bytes, low / likely / high. */
export interface OverheadProfile {
  readonly name: string
  readonly source: string
  readonly nonTorchBytes?: Interval
  readonly graphBytes?: Interval
  readonly activationFactor?: number
  /** Spare bytes beyond the doubt that the settings ask for; see `EstimateRequest.marginBytes`. */
  readonly marginBytes?: number
  /** Starts of one kind of card and release: the profile says nothing about any other. */
  readonly learnedFrom?: LearnedFrom
}

/** Where the starts behind a learned profile ran. */
export interface LearnedFrom {
  readonly cardGib: number
  /** As the driver calls it, when the starts say so. */
  readonly cardName?: string
  /** Minor release of vLLM, `0.11`. */
  readonly release: string
  readonly severalGpus: boolean
}

export interface Interval {
  readonly low: number
  readonly likely: number
  readonly high: number
}

/** A second model that proposes tokens. `weights`: bytes on disk. */
export interface DraftModel {
  readonly name: string
  readonly architecture?: ArchitectureMetadata
  readonly weights?: { readonly bytes: Interval; readonly source: string }
}

/** Everything an estimate depends on. Plain data: equal requests give equal estimates. */
export interface EstimateRequest {
  readonly engine: EngineId
  /** `0.25.1`, `b10256`; absent means the newest rules. */
  readonly engineVersion?: Sourced<string>
  readonly architecture: ArchitectureMetadata
  /** Placement facts of a GGUF, when its header was read. */
  readonly tensors?: TensorSummary
  /** Total bytes of a separate projector file (mmproj), when there is one. */
  readonly projectorBytes?: Sourced<number>
  /** Empty when no GPU is known: sizes are computed, the verdict is `unknown`. */
  readonly gpus: readonly PlanGpu[]
  readonly flags: readonly FlagLayer[]
  /** Environment of the engine, as far as it changes memory: `VLLM_PP_LAYER_PARTITION`, `OLLAMA_CONTEXT_LENGTH`, ... */
  readonly environment?: Readonly<Record<string, string>>
  /** The draft model that `--speculative-config` names, when it is known. */
  readonly draft?: DraftModel
  readonly known: KnownTerms
  /** Weight bytes on disk in the contract's order of trust, with their interval when they are not exact. */
  readonly weights?: { readonly bytes: Interval; readonly source: string }
  readonly profile?: OverheadProfile
  /** llama.cpp and Ollama: what is kept clear of free memory. Default 1 GiB. */
  readonly reserveBytes?: Sourced<number>
  /** What must be spare beyond the estimate's own doubt before it says *fits*. Default none. */
  readonly marginBytes?: Sourced<number>
}
