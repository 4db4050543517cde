import { GIB } from '#shared/domain/units'
import { type EngineId, type EstimateRequest, type Interval } from '../request'
import { type CacheCells } from './cells'
import { type ComputeBuffers } from './compute-buffer'
import { sumIntervals } from './interval'
import { type LayerPlan } from './layers'
import { type Placement } from './placement'
import { type LlamaSettings } from './settings'
import { type WeightsOnDevices } from './weights'

/** Bytes of the caches by device, exact. */
export interface CacheOnDevices {
  readonly kv: { readonly gpus: readonly number[]; readonly host: number }
  readonly state: { readonly gpus: readonly number[]; readonly host: number }
}

/** Everything that was computed, before it takes the shape of the contract. */
export interface Parts {
  readonly engine: EngineId
  readonly request: EstimateRequest
  readonly settings: LlamaSettings
  readonly plan: LayerPlan
  readonly cells: CacheCells
  readonly placement: Placement
  readonly caches: CacheOnDevices
  readonly compute: ComputeBuffers
  readonly weights?: WeightsOnDevices
}

/** Bytes of one card by part, each with its interval. */
export interface GpuUse {
  readonly weights: Interval
  readonly cache: Interval
  readonly state: Interval
  readonly compute: Interval
  readonly overhead: Interval
  readonly vision: Interval
}

export function sumOfUse(use: GpuUse): Interval {
  return sumIntervals([use.weights, use.cache, use.state, use.compute, use.overhead, use.vision])
}

/** What is kept clear of the free memory, bytes. Default: llama.cpp's own margin for fitting. */
export function reserveBytes(request: EstimateRequest): number {
  return request.reserveBytes?.value ?? GIB
}

/** Logits of one row per slot, F32, in system memory. */
export function outputRowBytes(parts: Parts): number {
  return 4 * (parts.request.architecture.vocab_size ?? 0) * parts.settings.slots.value
}
