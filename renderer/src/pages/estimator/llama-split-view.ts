import { type EstimateResult } from '#shared/estimator/result'
import { foreignText } from '../../format/foreign-text'
import { type Question } from './question'

export const SPLIT_MODE = 'split-mode'
export const TENSOR_SPLIT = 'tensor-split'
export const MAIN_GPU = 'main-gpu'

export const SPLIT_MODES = [
  { value: 'layer', label: 'layer: layers in turn' },
  { value: 'row', label: 'row: across the cards' },
  { value: 'none', label: 'none: one card' },
] as const
export type SplitMode = (typeof SPLIT_MODES)[number]['value']

export interface LlamaSplitView {
  readonly mode: SplitMode
  /** `3,1`; empty: by free memory. */
  readonly shares: string
  readonly mainGpu: number
  /** `0 · RTX 4090` */
  readonly cards: readonly string[]
  /** Something of it was set on this page. */
  readonly isManual: boolean
}

/** The split in force; `undefined` where llama.cpp has nothing to split over. */
export function llamaSplit(question: Question, result: EstimateResult): LlamaSplitView | undefined {
  if (question.engine !== 'llama.cpp' || question.gpus.length < 2) return undefined
  const value = (name: string) => result.inputs[name]?.value
  const mode = SPLIT_MODES.find((one) => one.value === value('split_mode'))?.value ?? 'layer'
  const shares = value('tensor_split')
  const main = value('main_gpu')
  return {
    mode,
    shares: Array.isArray(shares) ? shares.join(',') : '',
    mainGpu: typeof main === 'number' ? main : 0,
    cards: question.gpus.map(({ name }, index) => `${index} · ${foreignText(name ?? 'GPU', 40)}`),
    isManual: [SPLIT_MODE, TENSOR_SPLIT, MAIN_GPU].some((flag) => Object.hasOwn(question.wishes.flags, flag)),
  }
}

/** Shares as llama.cpp reads them, at most one for each card, not all zero; `undefined` when they are none. */
export function parseShares(text: string, cards: number): readonly number[] | undefined {
  const parts = text.split(/[,/]/).map((part) => part.trim())
  if (parts.length > cards || !parts.every((part) => /^\d+(\.\d+)?$/.test(part))) return undefined
  const shares = parts.map(Number)
  return shares.some((share) => share > 0) ? shares : undefined
}
