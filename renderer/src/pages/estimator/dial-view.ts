import { formatInteger } from '../../format/numbers'
import { type LogScale, tickValues } from './log-scale'

export interface DialView {
  readonly scale: LogScale
  readonly value: number
  readonly source: string | undefined
  readonly ticks: readonly number[]
  /** Largest value at which the high end fits, and at which the likely figure does; absent while unknown. */
  readonly fitsTo?: number
  readonly tightTo?: number
  /** `fits to 8,896, tight to 9,440` */
  readonly reach: string
  /** For the slider's value text: `8,192 tokens, fits`. */
  readonly spoken: string
}

export interface DialInput {
  readonly scale: LogScale
  readonly value: number
  readonly source: string | undefined
  readonly unit: string
  readonly verdict: string
  readonly reach?: { readonly fitsTo: number; readonly tightTo: number } | undefined
}

export function dialView({ scale, value, source, unit, verdict, reach }: DialInput): DialView {
  const full = scale.max < value ? { ...scale, max: value } : scale
  return {
    scale: full,
    value,
    source,
    ticks: tickValues(full),
    ...(reach === undefined ? {} : reach),
    reach: reachWords(full, reach),
    spoken: `${formatInteger(value)} ${unit}, ${verdict.toLowerCase()}`,
  }
}

function reachWords(scale: LogScale, reach: DialInput['reach']): string {
  if (reach === undefined) return ''
  const { fitsTo, tightTo } = reach
  if (tightTo === 0) return 'nothing fits'
  if (fitsTo === 0) return `tight to ${formatInteger(tightTo)}`
  if (fitsTo >= scale.max || fitsTo >= tightTo) return `fits to ${formatInteger(fitsTo)}`
  return `fits to ${formatInteger(fitsTo)}, tight to ${formatInteger(tightTo)}`
}
