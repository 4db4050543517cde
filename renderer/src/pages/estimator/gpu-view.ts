import { type Gpu } from '#shared/domain/hardware'
import { type EstimateResult } from '#shared/estimator/result'
import { formatBytes, formatGib } from '../../format/numbers'
import { type GpuChoice, gpuKey } from '../../stores/estimator'
import { type BarView } from './memory-parts'
import { type ManualGpu, planGpus } from './question'

export interface GpuOption {
  readonly key: string
  readonly choice: GpuChoice
  readonly title: string
  readonly size: string
  readonly exact: string
  /** Who uses the card now. */
  readonly users: string
  readonly isChecked: boolean
  /** Added by hand: can be counted and removed. */
  readonly manual?: ManualGpu
  /** Cards of different kinds together: how many of each are in the plan. */
  readonly cards?: readonly SetCard[]
  readonly count: number
  readonly usedBytes: number
  readonly totalBytes: number
}

/** One kind of card that can be in a mixed plan. */
export interface SetCard {
  readonly key: string
  readonly title: string
  readonly count: number
  /** 1 for a detected card, which is there once. */
  readonly most: number
}

export interface GpuOptionsInput {
  readonly choice: GpuChoice
  readonly detected: readonly Gpu[]
  readonly manual: readonly ManualGpu[]
}

/** Every card that can be planned for: detected ones, all detected together, and those added by hand. */
export function gpuOptions({ choice, detected, manual }: GpuOptionsInput): readonly GpuOption[] {
  const active = activeKey(choice, detected, manual)
  const cards = detected.map((gpu) => detectedOption(gpu))
  const all = detected.length > 1 ? [allOption(detected)] : []
  const byHand = manual.map((gpu) => manualOption(gpu, choice))
  const mixed = cards.length + byHand.length > 1 ? [setOption({ choice, detected, manual })] : []
  return [...cards, ...all, ...byHand, ...mixed].map((option) => ({ ...option, isChecked: option.key === active }))
}

/** `auto`, and a card that is gone, mean the first one there is. */
function activeKey(choice: GpuChoice, detected: readonly Gpu[], manual: readonly ManualGpu[]): string {
  const known =
    choice.kind === 'set' ||
    (choice.kind === 'manual' && manual.some(({ name }) => name === choice.name)) ||
    (choice.kind === 'detected' && detected.some(({ index }) => choice.indexes.includes(index)))
  if (known) return gpuKey(choice)
  const [card] = detected
  const [byHand] = manual
  if (card !== undefined) return gpuKey({ kind: 'detected', indexes: [card.index] })
  return byHand === undefined ? '' : `manual:${byHand.name}`
}

function detectedOption(gpu: Gpu): GpuOption {
  const choice: GpuChoice = { kind: 'detected', indexes: [gpu.index] }
  return {
    key: gpuKey(choice),
    choice,
    title: `${gpu.index} · ${gpu.name}`,
    size: `${formatGib(gpu.total_bytes)} GiB`,
    exact: `${formatBytes(gpu.total_bytes)} reported by the driver`,
    users: usersOf(gpu),
    isChecked: false,
    count: 1,
    usedBytes: gpu.used_bytes,
    totalBytes: gpu.total_bytes,
  }
}

/** `In use 0.5: Xorg 0.3, firefox 0.2` */
function usersOf(gpu: Gpu): string {
  const processes = [...(gpu.processes ?? [])].sort((left, right) => (right.used_bytes ?? 0) - (left.used_bytes ?? 0))
  const names = processes
    .slice(0, 3)
    .map(({ name, used_bytes }) =>
      used_bytes === undefined ? baseName(name) : `${baseName(name)} ${formatGib(used_bytes)}`,
    )
  return `In use ${formatGib(gpu.used_bytes)}${names.length > 0 ? `: ${names.join(', ')}` : ''}`
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path
}

function allOption(detected: readonly Gpu[]): GpuOption {
  const total = detected.reduce((sum, gpu) => sum + gpu.total_bytes, 0)
  const choice: GpuChoice = { kind: 'detected', indexes: detected.map(({ index }) => index) }
  return {
    key: gpuKey(choice),
    choice,
    title: `All ${detected.length} GPUs`,
    size: `${formatGib(total)} GiB`,
    exact: formatBytes(total),
    users: `In use ${formatGib(detected.reduce((sum, gpu) => sum + gpu.used_bytes, 0))}`,
    isChecked: false,
    count: detected.length,
    usedBytes: detected.reduce((sum, gpu) => sum + gpu.used_bytes, 0),
    totalBytes: total,
  }
}

function manualOption(gpu: ManualGpu, chosen: GpuChoice): GpuOption {
  const count = chosen.kind === 'manual' && chosen.name === gpu.name ? chosen.count : 1
  const choice: GpuChoice = { kind: 'manual', name: gpu.name, count }
  return {
    key: gpuKey(choice),
    choice,
    title: gpu.name,
    size: `${count > 1 ? `${count} × ` : ''}${formatGib(gpu.total_bytes)} GiB`,
    exact: `${formatBytes(gpu.total_bytes)} visible to programs, entered by hand`,
    users: 'Added by hand, taken as empty',
    isChecked: false,
    manual: gpu,
    count,
    usedBytes: 0,
    totalBytes: gpu.total_bytes * count,
  }
}

/** Any mixture of the known cards, one of each to begin with. */
function setOption({ choice, detected, manual }: GpuOptionsInput): GpuOption {
  const isSet = choice.kind === 'set'
  const kinds = [
    ...detected.map((gpu) => ({ key: `detected:${gpu.index}`, title: gpu.name, most: 1 })),
    ...manual.map((gpu) => ({ key: `manual:${gpu.name}`, title: gpu.name, most: MOST_CARDS })),
  ]
  const countOf = (key: string) => (isSet ? (choice.cards.find((card) => card.key === key)?.count ?? 0) : 1)
  const cards = kinds.map((kind) => ({ ...kind, count: countOf(kind.key) }))
  const set: GpuChoice = isSet ? choice : { kind: 'set', cards: cards.map(({ key, count }) => ({ key, count })) }
  const plan = planGpus({ choice: set, detected, manual })
  const total = plan.reduce((sum, gpu) => sum + gpu.totalBytes, 0)
  return {
    key: gpuKey(set),
    choice: set,
    title: 'Different cards together',
    size: `${formatGib(total)} GiB`,
    exact: formatBytes(total),
    users: plan.map(({ name }) => name).join(', '),
    isChecked: false,
    cards,
    count: plan.length,
    usedBytes: 0,
    totalBytes: total,
  }
}

const MOST_CARDS = 64

/** `Planned 20.6 · budget 21.3 · free 23.1` for the deciding card. */
export function planFigures(
  result: EstimateResult,
  bar: BarView | undefined,
  freeBytes: number | undefined,
): readonly (readonly [string, string])[] {
  if (bar === undefined) return [['Planned', formatGib(result.total_bytes)]]
  return [
    ['Planned', formatGib(bar.totalBytes)],
    ['budget', formatGib(bar.budgetBytes)],
    ...(freeBytes === undefined ? [] : [['free', formatGib(freeBytes)] as const]),
  ]
}
