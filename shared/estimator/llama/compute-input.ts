import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type TensorSummary } from '#shared/domain/tensors'
import { type CacheCells } from './cells'
import { type LayerPlan } from './layers'
import { type Placement } from './placement'
import { type LlamaSettings } from './settings'

/** What the compute buffers depend on. */
export interface ComputeInput {
  readonly architecture: ArchitectureMetadata
  readonly tensors?: TensorSummary
  /** Weight bytes of the whole model, when there is no tensor list. */
  readonly weightBytes?: number
  readonly plan: LayerPlan
  readonly settings: LlamaSettings
  readonly cells: CacheCells
  readonly placement: Placement
  /** A GPU is in the plan; without one, and without offloaded layers, everything stays in system memory. */
  readonly hasGpu: boolean
}
