import { GIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { profileNamed } from '#shared/estimator/profiles'
import { type OverheadProfile } from '#shared/estimator/request'
import { profileFor } from '#shared/estimator-request/profile-for'
import { type Calibration, type CalibrationStart, calibrate } from '#shared/runtime/calibrate'
import { type MeasuredCase, numberOf } from './cases'
import { collect, fixed, mean, median, type Section, type Target } from './report'
import { flagsOf, gpusOf, knownFrom, requestOf, versionOf } from './vllm-replay'
import { poolRow, type TermRow, termRow } from './vllm-rows'

/**
 * Calibration, left out: every start is predicted three times, from the shipped constants (which were made with most of
 * these starts in view), from constants made without its campaign, and from what the other models of its campaign teach.
 */
interface HeldOutStart {
  readonly id: string
  readonly taughtBy: number
  readonly shipped: Prediction
  readonly withoutCampaign: Prediction
  readonly calibrated: Prediction
}

interface Prediction {
  /** Predicted minus printed pool, GiB of one card. */
  readonly errorGib: number
  readonly widthGib: number
}

/** A measured start in the form in which a metrics log tells it. */
function startOf(measured: MeasuredCase): CalibrationStart | undefined {
  const { architecture, logged } = measured
  const [card] = gpusOf(measured)
  const version = versionOf(measured)
  if (architecture === null || architecture === undefined || card === undefined || version === undefined)
    return undefined
  const keys = {
    peak_activation_gib: 'peak_activation_gib',
    non_torch_gib: 'non_torch_gib',
    cuda_graph_gib: 'cuda_graph_gib',
  }
  const terms = Object.entries(keys).flatMap(([to, from]) => {
    const value = numberOf(logged, from)
    return value === undefined ? [] : [[to, value] as const]
  })
  const flags = Object.entries(flagsOf(measured)).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, value],
  )
  return {
    model: measured.id,
    architecture,
    backend: 'vllm',
    extraArgs: flags,
    metrics: {
      ...Object.fromEntries(terms),
      engine_version: version,
      gpu_memory_gib: { index: 0, total: card.totalBytes / GIB, ...(card.name !== undefined && { name: card.name }) },
      configured_tensor_parallel_size: numberOf(measured.args, 'tensor_parallel_size') ?? 1,
    },
  }
}

function predict(measured: MeasuredCase, profile: OverheadProfile | undefined): Prediction | undefined {
  const request = requestOf(measured, knownFrom(measured, ['weightsBytes']))
  const result = estimate(profile === undefined ? request : { ...request, profile })
  const pool = numberOf(measured.logged, 'available_kv_gib')
  const [card] = result.ok ? result.value.per_gpu : []
  if (!result.ok || card === undefined || pool === undefined) return undefined
  const { total_bytes: total, low_bytes: low, high_bytes: high, per_gpu: cards, kv } = result.value
  const use = (total / cards.length - kv.needed_bytes) / GIB
  return { errorGib: card.budget_bytes / GIB - use - pool, widthGib: (high - low) / cards.length / GIB }
}

function profileOf(
  name: string,
  figures: Omit<Calibration, 'data' | 'name' | 'starts' | 'description'>,
): OverheadProfile | undefined {
  const { non_torch_gib: nonTorch, graph_gib: graphs, activation_factor: factor, learned_from: from } = figures
  const found = profileNamed(name, {
    [name]: {
      ...(nonTorch !== undefined && { non_torch_gib: [...nonTorch] }),
      ...(graphs !== undefined && { graph_gib: [...graphs] }),
      ...(factor !== undefined && { activation_factor: factor }),
      learned_from: from,
    },
  })
  return found.ok ? found.value : undefined
}

/** Constants as they would be without a campaign: the middle of what the other campaigns on one card report. */
function constantsWithout(campaign: string, cases: readonly MeasuredCase[]): OverheadProfile | undefined {
  const others = (term: 'non_torch' | 'activation'): readonly TermRow[] =>
    collect(cases, (one) => termRow(one, term)).rows.filter((row) => row.group !== campaign)
  const nonTorch = middles(
    others('non_torch').filter((row) => /one GPU/.test(row.kind)),
    (row) => row.measuredGib,
  )
  const factors = middles(others('activation'), (row) => row.measuredGib / row.likelyGib)
  if (nonTorch.length < 2 || factors.length < 2) return undefined
  const bytes = [Math.min(...nonTorch), median(nonTorch), Math.max(...nonTorch)].map((gib) => Math.round(gib * GIB))
  const [low = 0, likely = 0, high = 0] = bytes
  return {
    name: 'others',
    source: 'other campaigns',
    nonTorchBytes: { low, likely, high },
    activationFactor: median(factors),
  }
}

/** One figure a campaign, so that the campaign with the most starts does not decide alone. */
function middles(rows: readonly TermRow[], of: (row: TermRow) => number): readonly number[] {
  const campaigns = [...new Set(rows.map((row) => row.group))]
  return campaigns.map((group) => median(rows.filter((row) => row.group === group).map(of)))
}

/** The whole model is left out, not the start alone: two contexts of one model are nearly one start. */
function heldOut(measured: MeasuredCase, cases: readonly MeasuredCase[]): HeldOutStart | string {
  const row = poolRow(measured)
  if (typeof row === 'string') return row
  const own = startOf(measured)
  // As in the program: a refused start teaches nothing.
  const kin = cases
    .filter((one) => one.outcome === 'started' && one.model_id !== measured.model_id && isKin(one, measured))
    .flatMap((one) => startOf(one) ?? [])
  const [learned] = calibrate(kin).profiles
  if (own === undefined || learned === undefined)
    return 'fewer than three starts of other models on its card and release'
  const profile = profileOf('others of the campaign', learned)
  const others = constantsWithout(row.group, cases)
  const shipped = predict(measured, undefined)
  const withoutCampaign = others === undefined ? undefined : predict(measured, others)
  const calibrated = predict(measured, profile)
  if (shipped === undefined || withoutCampaign === undefined || calibrated === undefined) return 'not predicted'
  return { id: measured.id, taughtBy: learned.starts, shipped, withoutCampaign, calibrated }
}

/** Same card, same release, as many cards. */
function isKin(left: MeasuredCase, right: MeasuredCase): boolean {
  const key = (one: MeasuredCase): string =>
    [one.gpu?.name, one.gpu?.total_gib, versionOf(one), numberOf(one.args, 'tensor_parallel_size') ?? 1].join('|')
  return right.gpu?.total_gib !== null && key(left) === key(right)
}

/** How many starts of other cards or releases a profile of each campaign would reach. None may be. */
function reached(cases: readonly MeasuredCase[]): { readonly asked: number; readonly reached: number } {
  const starts = cases.flatMap((one) => startOf(one) ?? [])
  const pairs = calibrate(starts).profiles.flatMap((profile) => {
    const taught = new Set(profile.data.map((one) => one.model))
    const used = profileOf(profile.name, profile)
    return cases
      .filter((one) => !taught.has(one.id) && !cases.some((other) => taught.has(other.id) && isKin(one, other)))
      .map((one) => profileFor(used, requestOf(one, {})) !== undefined)
  })
  return { asked: pairs.length, reached: pairs.filter(Boolean).length }
}

/** `isOwn`: the starts for which the gain is stated; of others it is shown, and only the reach is a target. */
export function calibrationSection(cases: readonly MeasuredCase[], isOwn: boolean): Section {
  const { rows, leftOut } = collect(cases, (one) => heldOut(one, cases))
  const off = (of: (row: HeldOutStart) => Prediction): number => mean(rows.map((row) => Math.abs(of(row).errorGib)))
  const width = (of: (row: HeldOutStart) => Prediction): number => mean(rows.map((row) => of(row).widthGib))
  const kinds: readonly (readonly [string, (row: HeldOutStart) => Prediction])[] = [
    ['shipped', (row) => row.shipped],
    ['without its campaign', (row) => row.withoutCampaign],
    ['calibrated', (row) => row.calibrated],
  ]
  const { asked, reached: wrongly } = reached(cases)
  const [before, after] = [off((row) => row.withoutCampaign), off((row) => row.calibrated)]
  const targets: readonly Target[] = [
    ...(rows.length === 0 || !isOwn
      ? []
      : [
          {
            text: `error of the pool at least a third lower (${fixed(before, 3)} to ${fixed(after, 3)} GiB)`,
            isMet: after <= (2 / 3) * before,
          },
        ]),
    ...(asked === 0
      ? []
      : [{ text: `a profile reaches no start of another card or release (${asked} asked)`, isMet: wrongly === 0 }]),
  ]
  return {
    title: 'Calibration: pool from scratch, each model left out of what its card and release teach (GiB per card)',
    head: ['start', ...kinds.map(([name]) => name), 'taught by'],
    rows: [
      ...rows.map((row) => [row.id, ...kinds.map(([, of]) => fixed(of(row).errorGib, 3)), `${row.taughtBy} starts`]),
      ['mean off', ...kinds.map(([, of]) => fixed(off(of), 3)), ''],
      ['mean width', ...kinds.map(([, of]) => fixed(width(of), 2)), ''],
    ],
    targets,
    remarks: [
      'the shipped constants were made with these starts in view: beside them nothing but print rounding is left',
    ],
    leftOut,
  }
}
