import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { type JsonObject, ownValue } from '#shared/domain/json'
import { GIB } from '#shared/domain/units'
import { estimate } from '#shared/estimator/estimate'
import { type ProfilesFile } from '#shared/estimator/profiles'
import { type LearnedFrom } from '#shared/estimator/request'
import { engineRelease } from './engine-release'
import { median } from './median'
import { measuredCard, replayStart } from './replay-start'

/** One observed start of vLLM with the facts of its model. */
export interface CalibrationStart {
  readonly model: string
  readonly architecture: ArchitectureMetadata
  readonly backend: string | undefined
  readonly extraArgs: readonly string[] | string | undefined
  readonly metrics: JsonObject
}

/** What was learned for one kind of card and release; the fields are those of a profile (`profiles.ts`). */
export interface Calibration {
  readonly name: string
  readonly description: string
  readonly starts: number
  /** GiB: low, likely, high. */
  readonly non_torch_gib?: readonly [number, number, number]
  readonly graph_gib?: readonly [number, number, number]
  readonly activation_factor?: number
  /** Where it was learned, so that it is used nowhere else. */
  readonly learned_from: NonNullable<ProfilesFile[string]['learned_from']>
  /** What each figure was learned from. */
  readonly data: readonly {
    readonly model: string
    readonly term: string
    readonly value: number
    readonly used: boolean
  }[]
}

export interface CalibrationReport {
  readonly profiles: readonly Calibration[]
  /** Groups with too few starts, or starts that say too little. */
  readonly leftOut: readonly { readonly group: string; readonly starts: number; readonly because: string }[]
}

/** Fewer starts are chance. */
const LEAST_STARTS = 3
/** Print rounding and allocator granularity: closer values are the same. GiB for memory, share for the factor. */
const SMALLEST_SPREAD = 0.02

/**
 * Corrections for the overheads of this machine, per card and minor release: median of at least three starts, outliers
 * (more than three and a half robust deviations off) left out, the interval what the others span.
 */
export function calibrate(starts: readonly CalibrationStart[]): CalibrationReport {
  const groups = new Map<string, { from: LearnedFrom; members: CalibrationStart[] }>()
  const leftOut: { group: string; starts: number; because: string }[] = []
  const names = namesBySize(starts)
  for (const start of starts) {
    const from = placeOf(start, names)
    if (from === undefined) {
      leftOut.push({ group: start.model, starts: 1, because: 'its card or release is not stated' })
      continue
    }
    const label = labelOf(from, (names.get(from.cardGib)?.size ?? 0) > 1)
    const known = groups.get(label)
    if (known === undefined) groups.set(label, { from, members: [start] })
    else known.members.push(start)
  }
  const profiles: Calibration[] = []
  for (const [group, { from, members }] of groups) {
    const profile = members.length >= LEAST_STARTS ? learn(group, from, members) : undefined
    if (profile !== undefined) profiles.push(profile)
    else
      leftOut.push({ group, starts: members.length, because: `fewer than ${LEAST_STARTS} starts with these figures` })
  }
  return { profiles, leftOut }
}

/** Names of the cards of one size. Logs do not print a name: where only one is known for a size, it is that card. */
function namesBySize(starts: readonly CalibrationStart[]): ReadonlyMap<number, ReadonlySet<string>> {
  const names = new Map<number, Set<string>>()
  for (const start of starts) {
    const card = measuredCard(start.metrics)
    if (card?.name === undefined) continue
    const size = Math.round(card.totalBytes / GIB)
    names.set(size, new Set([...(names.get(size) ?? []), card.name]))
  }
  return names
}

/** Card, minor release, and whether several GPUs work together. */
function placeOf(start: CalibrationStart, names: ReadonlyMap<number, ReadonlySet<string>>): LearnedFrom | undefined {
  const card = measuredCard(start.metrics)
  const version = engineRelease(start.metrics)
  if (start.backend !== 'vllm' || card === undefined || version === undefined) return undefined
  const ranks = ['configured_tensor_parallel_size', 'configured_pipeline_parallel_size']
    .map((key) => ownValue(start.metrics, key))
    .reduce<number>((product, value) => product * (typeof value === 'number' ? value : 1), 1)
  const cardGib = Math.round(card.totalBytes / GIB)
  const [only, ...others] = names.get(cardGib) ?? []
  const cardName = card.name ?? (others.length === 0 ? only : undefined)
  const release = version.replace(/^v/, '').split('.').slice(0, 2).join('.')
  return { cardGib, release, severalGpus: ranks > 1, ...(cardName !== undefined && { cardName }) }
}

function inFile({ cardGib, cardName, release, severalGpus }: LearnedFrom): Calibration['learned_from'] {
  const name = cardName === undefined ? {} : { card_name: cardName }
  return { card_gib: cardGib, ...name, release, several_gpus: severalGpus }
}

/** The card goes by its size, so that a profile keeps its name when a start names the card later; two of a size do not. */
function labelOf({ cardGib, cardName, release, severalGpus }: LearnedFrom, isOneOfSeveral: boolean): string {
  const card = cardName === undefined || !isOneOfSeveral ? `${cardGib} GiB card` : `${cardName} (${cardGib} GiB)`
  return `${card}, vLLM ${release}, ${severalGpus ? 'several GPUs' : 'one GPU'}`
}

function learn(group: string, from: LearnedFrom, members: readonly CalibrationStart[]): Calibration | undefined {
  const data: { model: string; term: string; value: number; used: boolean }[] = []
  const gather = (term: string, read: (start: CalibrationStart) => number | undefined): readonly number[] => {
    const found = members.flatMap((start) => {
      const value = read(start)
      return value === undefined ? [] : [{ model: start.model, value }]
    })
    const kept = inliers(found.map((one) => one.value))
    data.push(...found.map((one) => ({ ...one, term, used: kept.includes(one.value) })))
    return kept.length >= LEAST_STARTS ? kept : []
  }
  const nonTorch = gather('non_torch_gib', (start) => gibOf(start, 'non_torch_gib'))
  const graphs = gather('graph_gib', (start) => gibOf(start, 'cuda_graph_gib'))
  const factors = gather('activation_factor', activationFactor)
  if (nonTorch.length + graphs.length + factors.length === 0) return undefined
  return {
    name: `measured: ${group}`,
    description: `Learned from ${members.length} starts: ${group}.`,
    starts: members.length,
    learned_from: inFile(from),
    ...(nonTorch.length > 0 && { non_torch_gib: span(nonTorch) }),
    ...(graphs.length > 0 && { graph_gib: span(graphs) }),
    ...(factors.length > 0 && { activation_factor: Math.round(median(factors) * 1000) / 1000 }),
    data,
  }
}

/** A negative figure is an artefact of the measurement. */
function gibOf(start: CalibrationStart, key: string): number | undefined {
  const value = ownValue(start.metrics, key)
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

/** Measured activation peak over the modelled one. */
function activationFactor(start: CalibrationStart): number | undefined {
  const measured = gibOf(start, 'peak_activation_gib')
  const request = replayStart(start)
  if (measured === undefined || measured === 0 || request === undefined) return undefined
  const result = estimate(request)
  const term = result.ok ? result.value.terms.find((one) => one.name === 'activation') : undefined
  if (term === undefined || term.bytes === 0 || !result.ok) return undefined
  // Terms are sums over GPUs, the engine reports one of them.
  const modelled = term.bytes / Math.max(1, result.value.per_gpu.length) / GIB
  return measured / modelled
}

function inliers(values: readonly number[]): readonly number[] {
  if (values.length < LEAST_STARTS) return values
  const middle = median(values)
  const deviation = 1.4826 * median(values.map((value) => Math.abs(value - middle)))
  const limit = Math.max(3.5 * deviation, SMALLEST_SPREAD, SMALLEST_SPREAD * middle)
  return values.filter((value) => Math.abs(value - middle) <= limit)
}

/** Logs print two decimals: the ends are widened by half a unit of the last. */
function span(values: readonly number[]): readonly [number, number, number] {
  const low = Math.max(0, Math.min(...values) - 0.005)
  const high = Math.max(...values) + 0.005
  const round = (value: number): number => Math.round(value * 1000) / 1000
  return [round(low), round(median(values)), round(high)]
}
