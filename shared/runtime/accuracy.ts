import { type JsonObject } from '#shared/domain/json'
import { estimate } from '#shared/estimator/estimate'
import { type ComparisonRow, compareWithRuntime } from '#shared/estimator/measured-comparison'
import { median } from './median'
import { type ReplayInput, replayStart } from './replay-start'

/** A start of the user's own, with what the estimator says to its settings. */
export interface JudgedStart {
  readonly model: string
  readonly backend: string | undefined
  readonly observedAt: string
  readonly rows: readonly ComparisonRow[]
}

export interface TermAccuracy {
  readonly name: string
  readonly label: string
  readonly starts: number
  /** Median of the absolute relative errors. */
  readonly medianErrorShare: number
  /** Share of starts whose measurement lay inside the interval, of those with an interval. */
  readonly insideShare?: number
}

export interface AccuracyReport {
  readonly starts: readonly JudgedStart[]
  readonly terms: readonly TermAccuracy[]
  /** Starts that could not be judged: card, engine or facts of the model are not known. */
  readonly leftOut: number
}

export interface AccuracyStart extends ReplayInput {
  readonly model: string
  readonly observedAt: string
}

/** Holds the estimate of every start against what the engine reported, without using anything measured. */
export function judgeStarts(starts: readonly AccuracyStart[]): AccuracyReport {
  const judged = starts.flatMap((start) => {
    const rows = rowsOf(start, start.metrics)
    const { model, backend, observedAt } = start
    return rows.length === 0 ? [] : [{ model, backend, observedAt, rows }]
  })
  return { starts: judged, terms: summarise(judged), leftOut: starts.length - judged.length }
}

function rowsOf(start: ReplayInput, metrics: JsonObject): readonly ComparisonRow[] {
  const request = replayStart(start)
  const result = request === undefined ? undefined : estimate(request)
  return result?.ok ? compareWithRuntime(result.value, metrics) : []
}

function summarise(starts: readonly JudgedStart[]): readonly TermAccuracy[] {
  const byName = new Map<string, ComparisonRow[]>()
  for (const row of starts.flatMap((start) => start.rows)) byName.set(row.name, [...(byName.get(row.name) ?? []), row])
  return [...byName].flatMap(([name, rows]) => {
    const shares = rows.flatMap((row) => (row.errorShare === undefined ? [] : [Math.abs(row.errorShare)]))
    const [first] = rows
    if (first === undefined || shares.length === 0) return []
    const judged = rows.filter((row) => row.isInside !== undefined)
    const inside = judged.filter((row) => row.isInside === true).length
    return [
      {
        name,
        label: first.label,
        starts: rows.length,
        medianErrorShare: median(shares),
        ...(judged.length > 0 && { insideShare: inside / judged.length }),
      },
    ]
  })
}
