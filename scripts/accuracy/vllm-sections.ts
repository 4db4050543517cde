import { CALIBRATION, type Sides } from '#shared/estimator/vllm/calibration'
import { type MeasuredCase } from './cases'
import { campaigns, conformalFactors, inside, leaveCampaignOut, type Score, scoreOf, widthGib } from './coverage'
import { collect, fixed, mean, median, quantile, type Section, share, worst } from './report'
import { capacityRow, lacksVision, type MeasuredTerm, outcomeRow, poolRow, termRow } from './vllm-rows'
import {
  activationTargets,
  capacityTargets,
  coverageTargets,
  outcomeTargets,
  poolTargets,
  totalTargets,
} from './vllm-targets'

const absolute = (values: readonly number[]): readonly number[] => values.map(Math.abs)
const numbers = (values: readonly number[]): readonly number[] => absolute(values).filter(Number.isFinite)

/** Rows by layout, and one for all. */
function byLayout<T extends { readonly layout: string }>(
  rows: readonly T[],
  cells: (own: readonly T[]) => readonly string[],
): readonly (readonly string[])[] {
  const layouts = [...new Set(rows.map((row) => row.layout))].sort()
  const table = layouts.map((layout) => [layout, ...cells(rows.filter((row) => row.layout === layout))])
  return [...table, ['all', ...cells(rows)]]
}

function capacitySection(cases: readonly MeasuredCase[]): Section {
  const { rows, leftOut } = collect(cases, capacityRow)
  const outside = rows.filter((row) => !row.isWithinRounding)
  return {
    title: 'KV capacity, given the measured pool (% off)',
    head: [
      'layout',
      'cases',
      'median',
      '95th',
      'in print rounding',
      'exact where decided',
      'plain median',
      '95th',
      'older median',
    ],
    rows: byLayout(rows, (own) => {
      const decided = own.filter((row) => row.isDecided)
      const plain = numbers(own.map((row) => row.plainErrorPercent))
      return [
        `${own.length}`,
        fixed(median(absolute(own.map((row) => row.errorPercent))), 3),
        fixed(quantile(absolute(own.map((row) => row.errorPercent)), 0.95), 2),
        share(own.filter((row) => row.isWithinRounding).length, own.length),
        share(decided.filter((row) => row.predicted === row.measured).length, decided.length),
        fixed(median(plain), 2),
        fixed(quantile(plain, 0.95), 1),
        fixed(median(numbers(own.map((row) => row.olderErrorPercent))), 1),
      ]
    }),
    targets: capacityTargets(rows),
    remarks: outside.map((row) => `${row.id}: ${row.predicted} for ${row.measured} (${row.errorPercent.toFixed(2)} %)`),
    leftOut,
  }
}

function poolSection(cases: readonly MeasuredCase[]): Section {
  const { rows, leftOut } = collect(cases, poolRow)
  const groups = [
    ['one GPU', rows.filter((row) => row.gpus === 1)],
    ['several', rows.filter((row) => row.gpus > 1)],
  ] as const
  const far = rows.filter((row) => !row.isCovered || Math.abs(row.errorGib) > (row.gpus === 1 ? 0.3 : 1))
  return {
    title: 'Pool from scratch, weights known (GiB per card)',
    head: ['cards', 'cases', 'median off', 'worst', 'inside interval', 'median width', 'older median', 'older worst'],
    rows: groups.map(([name, own]) => [
      name,
      `${own.length}`,
      fixed(median(absolute(own.map((row) => row.errorGib))), 3),
      fixed(worst(own.map((row) => row.errorGib)), 2),
      share(own.filter((row) => row.isCovered).length, own.length),
      fixed(median(own.map((row) => row.widthGib)), 2),
      fixed(median(absolute(own.map((row) => row.olderErrorGib))), 2),
      fixed(worst(own.map((row) => row.olderErrorGib)), 2),
    ]),
    targets: poolTargets(rows),
    remarks: far.map(
      (row) =>
        `${row.id}: ${row.errorGib.toFixed(2)} of ${row.measuredGib}${row.isMissingVision ? '; the case has no vision tower, which shapes the profile run' : ''}`,
    ),
    leftOut,
  }
}

function totalSection(cases: readonly MeasuredCase[]): Section {
  const { rows } = collect(cases, poolRow)
  return {
    title: 'Total inside the budget without cache, predicted against measured, weights known (GiB per card)',
    head: [
      'layout',
      'cases',
      'mean off',
      'worst',
      'under at likely',
      'worst under',
      'under at high end',
      'mean high end above',
    ],
    rows: byLayout(rows, (own) => {
      const off = own.map((row) => row.use.likelyGib - row.use.measuredGib)
      const high = own.map((row) => row.use.highGib - row.use.measuredGib)
      return [
        `${own.length}`,
        fixed(mean(absolute(off)), 2),
        fixed(worst(off), 2),
        share(off.filter((value) => value < -0.01).length, own.length),
        fixed(Math.max(0, ...off.map((value) => -value)), 2),
        share(high.filter((value) => value < -0.01).length, own.length),
        fixed(mean(high), 2),
      ]
    }),
    targets: totalTargets(rows),
  }
}

function activationSection(cases: readonly MeasuredCase[]): Section {
  const { rows, leftOut } = collect(cases, (one) => termRow(one, 'activation'))
  const off = (row: (typeof rows)[number]): number => (100 * (row.likelyGib - row.measuredGib)) / row.measuredGib
  const unseen = new Set(cases.filter(lacksVision).map((one) => one.id))
  const groups = [
    ['used to fit', rows.filter((row) => row.isFitted)],
    ['not used', rows.filter((row) => !row.isFitted)],
    ['all', rows],
  ] as const
  return {
    title: 'Activation peak (% off)',
    head: ['cases', 'number', 'median', '95th', 'inside interval', 'median width GiB'],
    rows: groups.map(([name, own]) => [
      name,
      `${own.length}`,
      fixed(median(absolute(own.map(off))), 2),
      fixed(quantile(absolute(own.map(off)), 0.95), 1),
      share(own.filter((row) => row.isCovered).length, own.length),
      fixed(median(own.map((row) => row.highGib - row.lowGib)), 2),
    ]),
    targets: activationTargets(rows),
    remarks: rows
      .filter((row) => !row.isCovered || Math.abs(off(row)) > 3)
      .map(
        (row) =>
          `${row.id}: ${off(row).toFixed(1)} % of ${row.measuredGib} GiB${unseen.has(row.id) ? '; the case has no vision tower, which shapes the profile run' : ''}`,
      ),
    leftOut,
  }
}

const FITTED_TERMS: readonly MeasuredTerm[] = ['activation', 'non_torch', 'cuda_graphs']

/** Scores of one fitted term, or of the pool as the sum of all. */
function scoresOf(cases: readonly MeasuredCase[], term: MeasuredTerm | 'pool'): readonly Score[] {
  const unseen = new Set(cases.filter(lacksVision).map((one) => one.id))
  const factors = shippedFactors(term)
  if (term !== 'pool') {
    return collect(cases, (one) => termRow(one, term)).rows.map((row) =>
      scoreOf({ ...row, campaign: row.group, factors, calibrates: !(term === 'activation' && unseen.has(row.id)) }),
    )
  }
  return collect(cases, poolRow).rows.map((row) =>
    scoreOf({ ...row.use, campaign: row.group, factors, calibrates: !unseen.has(row.id) }),
  )
}

function shippedFactors(term: MeasuredTerm | 'pool'): Sides {
  switch (term) {
    case 'activation':
      return CALIBRATION.activation
    case 'non_torch':
      return CALIBRATION.nonTorch
    case 'cuda_graphs':
      return CALIBRATION.graphs
    case 'pool':
      return CALIBRATION.total
  }
}

const sides = (factors: Sides): string => `${fixed(factors.below, 2)} / ${fixed(factors.above, 2)}`

function coverageSection(cases: readonly MeasuredCase[], isOwn: boolean): Section {
  const rows = ([...FITTED_TERMS, 'pool'] as const).map((term) => {
    const scores = scoresOf(cases, term)
    const shipped = shippedFactors(term)
    return { term, scores, shipped, conformal: conformalFactors(scores), held: leaveCampaignOut(scores) }
  })
  return {
    title: 'The 90 % interval: conformal over campaigns; held out: made without the campaign that it is judged on',
    head: [
      'term',
      'campaigns',
      'conformal, below / above',
      'shipped',
      'inside',
      'mean width GiB',
      'inside, held out',
      'mean width GiB',
    ],
    rows: rows.map(({ term, scores, shipped, conformal, held }) => [
      term,
      `${campaigns(scores)}`,
      sides(conformal),
      sides(shipped),
      inside(scores, shipped),
      fixed(mean(scores.map((score) => widthGib(score, shipped))), 2),
      share(held.inside, held.judged),
      fixed(held.widthGib, 2),
    ]),
    targets: coverageTargets(rows, isOwn),
  }
}

function outcomeSection(cases: readonly MeasuredCase[]): Section {
  const { rows, leftOut } = collect(cases, outcomeRow)
  const kinds = [
    ['started', rows.filter((row) => row.started)],
    ['refused', rows.filter((row) => !row.started)],
  ] as const
  return {
    title: 'Started or refused, with every printed term given',
    head: ['outcome', 'cases', 'predicted right', 'with suggestion', 'within one block'],
    rows: kinds.map(([name, own]) => {
      const suggestions = own.flatMap((row) => (row.suggestion === undefined ? [] : [row.suggestion]))
      return [
        name,
        `${own.length}`,
        share(own.filter((row) => row.started === row.predictedStart).length, own.length),
        `${suggestions.length}`,
        share(suggestions.filter((one) => Math.abs(one.engine - one.solved) <= one.block).length, suggestions.length),
      ]
    }),
    targets: outcomeTargets(rows),
    remarks: rows
      .filter((row) => row.started !== row.predictedStart)
      .map((row) => `${row.id}: ${row.started ? 'started' : 'refused'}, predicted otherwise`),
    leftOut,
  }
}

/** The screen of vLLM; `isOwn`: these are the starts that the shipped intervals were made from. */
export function vllmSections(cases: readonly MeasuredCase[], isOwn: boolean): readonly Section[] {
  return [
    capacitySection(cases),
    poolSection(cases),
    totalSection(cases),
    activationSection(cases),
    coverageSection(cases, isOwn),
    outcomeSection(cases),
  ]
}
