import { type Sides } from '#shared/estimator/vllm/calibration'
import { type Score } from './coverage'
import { mean, median, quantile, type Target, worst } from './report'
import { type CapacityRow, type OutcomeRow, type PoolRow, type TermRow } from './vllm-rows'

/** Bar of the best published comparison of an estimator with its engine. GiB. */
export const PUBLISHED_BAR = { mean: 0.99, worst: 2.55 } as const

const absolute = (values: readonly number[]): readonly number[] => values.map(Math.abs)

export function capacityTargets(rows: readonly CapacityRow[]): readonly Target[] {
  if (rows.length === 0) return []
  const errors = absolute(rows.map((row) => row.errorPercent))
  const decided = rows.filter((row) => row.isDecided)
  return [
    { text: 'median at most 0.1 %', isMet: median(errors) <= 0.1 },
    { text: '95th percentile at most 1.2 %', isMet: quantile(errors, 0.95) <= 1.2 },
    {
      text: `exact tokens where the print decides (${decided.length}), inside its rounding elsewhere`,
      isMet: rows.every((row) => row.isWithinRounding) && decided.every((row) => row.predicted === row.measured),
    },
  ]
}

export function poolTargets(rows: readonly PoolRow[]): readonly Target[] {
  const off = (own: readonly PoolRow[]): number => median(absolute(own.map((row) => row.errorGib)))
  const [one, several] = [rows.filter((row) => row.gpus === 1), rows.filter((row) => row.gpus > 1)]
  return [
    ...(one.length === 0 ? [] : [{ text: 'median under 0.3 GiB on one GPU', isMet: off(one) < 0.3 }]),
    ...(several.length === 0 ? [] : [{ text: 'median under 1 GiB on several', isMet: off(several) < 1 }]),
  ]
}

export function activationTargets(rows: readonly TermRow[]): readonly Target[] {
  if (rows.length === 0) return []
  const errors = rows.map((row) => (100 * Math.abs(row.likelyGib - row.measuredGib)) / row.measuredGib)
  return [{ text: 'median under 3 %', isMet: median(errors) < 3 }]
}

export interface CoverageRow {
  readonly term: string
  readonly scores: readonly Score[]
  readonly shipped: Sides
  readonly conformal: Sides
  readonly held: { readonly inside: number; readonly judged: number }
}

/**
 * Coverage of new starts is that of the shipped intervals. Of the starts that the factors come from (`isOwn`) it is the
 * held-out one, and the factors must be the conformal ones, rounded up to the next twentieth.
 */
export function coverageTargets(rows: readonly CoverageRow[], isOwn: boolean): readonly Target[] {
  const judged = rows.filter((row) => row.held.judged > 0)
  if (judged.length === 0) return []
  if (!isOwn) return judged.filter((row) => row.term === 'pool').map(shippedTarget)
  const isWideEnough = judged.every(
    ({ shipped, conformal }) => shipped.below >= conformal.below && shipped.above >= conformal.above,
  )
  return [
    ...judged.map(({ term, held }) => ({
      text: `${term}: at least 85 % inside, held out`,
      isMet: held.inside / held.judged >= 0.85,
    })),
    { text: 'no shipped interval is narrower than the conformal one', isMet: isWideEnough },
  ]
}

function shippedTarget({ term, scores, shipped }: CoverageRow): Target {
  const inside = scores.filter((score) => score.value <= shipped[score.side]).length
  return { text: `${term}: at least 85 % inside the shipped intervals`, isMet: inside / scores.length >= 0.85 }
}

export function totalTargets(rows: readonly PoolRow[]): readonly Target[] {
  if (rows.length === 0) return []
  const off = rows.map((row) => row.use.likelyGib - row.use.measuredGib)
  const high = rows.map((row) => row.use.highGib - row.use.measuredGib)
  return barTargets(off, high)
}

/** `off`: likely minus measured, `high`: high end minus measured. GiB. */
export function barTargets(off: readonly number[], high: readonly number[]): readonly Target[] {
  return [
    {
      text: `mean error below the published ${PUBLISHED_BAR.mean} GiB`,
      isMet: mean(absolute(off)) < PUBLISHED_BAR.mean,
    },
    { text: `worst error below the published ${PUBLISHED_BAR.worst} GiB`, isMet: worst(off) < PUBLISHED_BAR.worst },
    { text: 'none under at the high end, which is what "fits" goes by', isMet: high.every((value) => value >= -0.01) },
  ]
}

export function outcomeTargets(rows: readonly OutcomeRow[]): readonly Target[] {
  if (rows.length === 0) return []
  const suggestions = rows.flatMap((row) => (row.suggestion === undefined ? [] : [row.suggestion]))
  return [
    { text: 'every outcome predicted', isMet: rows.every((row) => row.started === row.predictedStart) },
    ...(suggestions.length === 0
      ? []
      : [
          {
            text: "within one block of the engine's suggested maximum",
            isMet: suggestions.every((one) => Math.abs(one.engine - one.solved) <= one.block),
          },
        ]),
  ]
}
