import { GIB } from '#shared/domain/units'

/** Bytes in GiB with two decimals. */
export function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(2)} GiB`
}

/** Whole numbers with thin grouping for reading: 131 072. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ')
}

export function gibRange(low: number, high: number): string {
  return low === high ? '' : `${(low / GIB).toFixed(2)} to ${(high / GIB).toFixed(2)}`
}

/** Any JSON value on one line, for field lists. */
export function brief(value: unknown): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value) ?? ''
}
