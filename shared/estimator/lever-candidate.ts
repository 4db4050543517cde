import { type FlagValues } from './request'

/** A change of launch flags that may help, before it is tried. */
export interface LeverCandidate {
  readonly name: string
  readonly values: FlagValues
  /** "`--gpu-memory-utilization 0.95` instead of 0.9". */
  readonly change: string
  /** What it costs, in words. */
  readonly cost: string
  /** Cheaper first. */
  readonly rank: number
}
