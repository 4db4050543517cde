import { exactly } from '../quantity'
import { type EstimateRequest, type Interval } from '../request'
import { blocksNeeded, type KvLayout, largestContext } from './kv-layout'
import { type StagePlan, type VllmPlan } from './plan'

/** The cache pool of one rank. Bytes; the pool can be below zero, then nothing fits. */
export interface RankPool {
  readonly stage: StagePlan
  /** Absent when no GPU is known. */
  readonly totalBytes: number | undefined
  readonly budgetBytes: number | undefined
  /** Absent when weights, activation or the GPU are unknown. */
  readonly pool: Interval | undefined
}

/** Demand and supply of the cache over all ranks. */
export interface PoolPlan {
  readonly ranks: readonly RankPool[]
  /** Blocks of the smallest rank: low, likely, high. */
  readonly blocks: Interval | undefined
  /** Context and requests that must fit at once. */
  readonly contextTokens: number | undefined
  readonly requests: number
  /** Blocks that this demand takes. */
  readonly neededBlocks: number
  readonly neededCacheBlocks: number
  /** The rank whose pool is smallest, as index into `ranks`. */
  readonly bindingRank: number
}

/** Sizes the pool of each rank and what the wish needs of it (memory-models, section 0). */
export function planPools(plan: VllmPlan, request: EstimateRequest): PoolPlan {
  const ranks = rankPools(plan, request)
  const layout = plan.stages[0]?.layout
  const blocks = blocksOf(ranks, plan)
  const requests = plan.settings.maxNumSeqs.asked ? plan.settings.maxNumSeqs.value : 1
  const contextTokens = contextOf(plan, { blocks, requests })
  const need = neededBlocks(plan, contextTokens)
  return {
    ranks,
    blocks,
    contextTokens,
    requests,
    neededBlocks: requests * (need.cache + need.state),
    neededCacheBlocks: requests * need.cache,
    bindingRank: layout === undefined ? 0 : bindingOf(ranks),
  }
}

function rankPools(plan: VllmPlan, request: EstimateRequest): readonly RankPool[] {
  return plan.ranks.flatMap((rank) => {
    const stage = plan.stages[rank.stage]
    if (stage === undefined) return []
    const totalBytes = rank.gpu?.totalBytes
    const budgetBytes = totalBytes === undefined ? undefined : budgetOf(plan, totalBytes)
    return [{ stage, totalBytes, budgetBytes, pool: poolOf(plan, { request, stage, budgetBytes }) }]
  })
}

/** `--kv-cache-memory-bytes` sets the pool by itself: what is left to respect is the card. */
function budgetOf(plan: VllmPlan, totalBytes: number): number {
  return plan.settings.kvCacheMemoryBytes === undefined
    ? Math.floor(totalBytes * plan.settings.utilization.value)
    : totalBytes
}

function poolOf(
  plan: VllmPlan,
  input: { readonly request: EstimateRequest; readonly stage: StagePlan; readonly budgetBytes: number | undefined },
): Interval | undefined {
  const given = input.request.known.availableKvBytes
  if (given !== undefined) return exactly(given.value)
  const asked = plan.settings.kvCacheMemoryBytes
  if (asked !== undefined) return exactly(asked.value)
  const { budgetBytes } = input
  const fixed = input.stage.fixed
  if (fixed === undefined || budgetBytes === undefined) return undefined
  return { low: budgetBytes - fixed.high, likely: budgetBytes - fixed.likely, high: budgetBytes - fixed.low }
}

function blocksOf(ranks: readonly RankPool[], plan: VllmPlan): Interval | undefined {
  const override = plan.settings.blocksOverride
  if (override !== undefined) return exactly(override.value)
  let least: Interval | undefined
  for (const rank of ranks) {
    const layout = rank.stage.layout
    if (rank.pool === undefined || layout === undefined) return undefined
    if (layout.bytesPerBlock === 0) continue
    const own = {
      low: wholeBlocks(rank.pool.low, layout),
      likely: wholeBlocks(rank.pool.likely, layout),
      high: wholeBlocks(rank.pool.high, layout),
    }
    least = least === undefined ? own : leastOf(least, own)
  }
  return least
}

function leastOf(left: Interval, right: Interval): Interval {
  return {
    low: Math.min(left.low, right.low),
    likely: Math.min(left.likely, right.likely),
    high: Math.min(left.high, right.high),
  }
}

function wholeBlocks(poolBytes: number, layout: KvLayout): number {
  return Math.max(0, Math.floor(poolBytes / layout.bytesPerBlock))
}

/** `auto` takes the largest context that fits, at most the model's own (memory-models, section 3.4). */
function contextOf(
  plan: VllmPlan,
  input: { readonly blocks: Interval | undefined; readonly requests: number },
): number | undefined {
  const asked = plan.settings.maxModelLen?.value
  if (asked !== 'auto') return asked
  const limit = plan.settings.modelLimit?.value
  const layout = plan.stages[0]?.layout
  if (limit === undefined || layout === undefined || input.blocks === undefined) return limit
  const fitting = largestContext(layout, { blocks: input.blocks.low, requests: 1, limit })
  return fitting === 0 ? Math.min(limit, layout.blockSize) : fitting
}

function neededBlocks(plan: VllmPlan, tokens: number | undefined): { readonly cache: number; readonly state: number } {
  let most = { cache: 0, state: 0 }
  if (tokens === undefined) return most
  for (const stage of plan.stages) {
    if (stage.layout === undefined) continue
    const need = blocksNeeded(stage.layout, tokens)
    if (need.cache + need.state > most.cache + most.state) most = need
  }
  return most
}

function bindingOf(ranks: readonly RankPool[]): number {
  let binding = 0
  let least = Number.POSITIVE_INFINITY
  for (const [index, rank] of ranks.entries()) {
    const bytesPerBlock = rank.stage.layout?.bytesPerBlock ?? 0
    const blocks = rank.pool === undefined ? 0 : bytesPerBlock === 0 ? rank.pool.low : rank.pool.low / bytesPerBlock
    if (blocks < least) {
      least = blocks
      binding = index
    }
  }
  return binding
}

/** Largest contexts for the batch of this plan, given its pool: exact unless the pool itself depends on the context. */
export function guessContext(
  plan: VllmPlan,
  pools: PoolPlan,
): { readonly fits: number; readonly tight: number } | undefined {
  const layout = pools.ranks[pools.bindingRank]?.stage.layout
  const limit = plan.settings.modelLimit?.value
  if (layout === undefined || pools.blocks === undefined || limit === undefined) return undefined
  const at = (blocks: number): number => largestContext(layout, { blocks, requests: pools.requests, limit })
  return { fits: at(pools.blocks.low), tight: at(pools.blocks.likely) }
}
