import { GIB, MIB } from '#shared/domain/units'
import { type Interval } from './request'
import { type Term, type TermInput } from './result'

/**
 * An amount of memory with its doubt, and how it came about. Bytes, whole, never negative. The explanation is written
 * only when asked for: a solver evaluates hundreds of plans that nobody reads.
 */
export interface Quantity extends Interval {
  readonly formula: () => string
  readonly inputs: () => readonly TermInput[]
}

export function exactly(bytes: number): Interval {
  return { low: bytes, likely: bytes, high: bytes }
}

export const NOTHING: Quantity = { low: 0, likely: 0, high: 0, formula: () => '0', inputs: () => [] }

/** Whole bytes, ordered low <= likely <= high, never below zero. */
export function wholeBytes(interval: Interval): Interval {
  const likely = Math.max(0, Math.round(interval.likely))
  return {
    low: Math.min(likely, Math.max(0, Math.round(interval.low))),
    likely,
    high: Math.max(likely, Math.round(interval.high)),
  }
}

export function scaled(interval: Interval, factor: number): Interval {
  return wholeBytes({ low: interval.low * factor, likely: interval.likely * factor, high: interval.high * factor })
}

/**
 * Sum of independent amounts: the middles add, the doubts add as a root of squares (they seldom all go wrong at once),
 * so that the sum's interval keeps the confidence of its parts.
 */
export function combined(parts: readonly Interval[]): Interval {
  let likely = 0
  let below = 0
  let above = 0
  for (const part of parts) {
    likely += part.likely
    below += (part.likely - part.low) ** 2
    above += (part.high - part.likely) ** 2
  }
  return wholeBytes({ low: likely - Math.sqrt(below), likely, high: likely + Math.sqrt(above) })
}

/** A term of the result: one rank's quantity times the number of ranks that hold it. */
export function toTerm(name: string, quantity: Quantity, ranks: number): Term {
  const total = scaled(quantity, ranks)
  return {
    name,
    bytes: total.likely,
    low_bytes: total.low,
    high_bytes: total.high,
    formula: ranks === 1 ? quantity.formula() : `${ranks} GPUs x (${quantity.formula()})`,
    inputs: [...quantity.inputs()],
  }
}

/** Grouped digits for formulas: `151,936`. */
export function grouped(value: number): string {
  if (!Number.isInteger(value)) return String(Math.round(value * 1000) / 1000)
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** Bytes for people, in formulas and sentences: GiB with one decimal (two below 10 GiB), MiB when small. */
export function inWords(bytes: number): string {
  const magnitude = Math.abs(bytes)
  if (magnitude >= 10 * GIB) return `${(bytes / GIB).toFixed(1)} GiB`
  if (magnitude >= 0.095 * GIB) return `${(bytes / GIB).toFixed(2)} GiB`
  return `${Math.round(bytes / MIB)} MiB`
}
