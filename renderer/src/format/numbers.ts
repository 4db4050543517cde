import { GIB, MIB } from '#shared/domain/units'

/** Numbers for people, British grouping: thousands separators, a true minus sign, no exponent. */
const LOCALE = 'en-GB'
const WHOLE = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 })
const PLAIN = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 6 })

/** U+2212; a hyphen is too short beside digits. */
export const MINUS = '−'
/** Nothing to show. Not the same as "unknown". */
export const NOTHING = '–'

function trueMinus(text: string): string {
  return text.replace(/^-/, MINUS)
}

/** `8192` -> `8,192`. */
export function formatInteger(value: number): string {
  return trueMinus(WHOLE.format(value))
}

/** A number as it stands, grouped: `1000000` -> `1,000,000`, `0.9` -> `0.9`. */
export function formatNumber(value: number): string {
  return trueMinus(PLAIN.format(value))
}

/** One formatter for each number of digits: making one takes a hundred times as long as using it. */
const FIXED = new Map<number, Intl.NumberFormat>()

/** Fixed decimals, grouped: `(0.9, 2)` -> `0.90`. */
export function formatDecimal(value: number, digits: number): string {
  let format = FIXED.get(digits)
  if (format === undefined) {
    format = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    FIXED.set(digits, format)
  }
  return trueMinus(format.format(value))
}

/** Bytes as GiB with one decimal, without the unit: `16381470720` -> `15.3`. A negative zero reads `0.0`. */
export function formatGib(bytes: number, digits = 1): string {
  const rounded = Number((bytes / GIB).toFixed(digits))
  return formatDecimal(rounded === 0 ? 0 : rounded, digits)
}

/** `15.3 GiB`; below a tenth of a GiB MiB, KiB or bytes, so that a small size does not read `0.0 GiB`. */
export function formatSize(bytes: number): string {
  const size = Math.abs(bytes)
  if (size === 0) return '0 B'
  if (size >= GIB / 10) return `${formatGib(bytes)} GiB`
  if (size >= MIB) return `${formatDecimal(bytes / MIB, 1)} MiB`
  if (size >= 10 * 1024) return `${formatDecimal(bytes / 1024, 0)} KiB`
  return formatBytes(bytes)
}

/** For a title: `16,381,470,720 bytes`. */
export function formatBytes(bytes: number): string {
  return `${formatInteger(bytes)} ${Math.abs(bytes) === 1 ? 'byte' : 'bytes'}`
}

/** With its sign always shown: `+0.08`, `−0.01`, `0.00`. */
export function formatSigned(value: number, digits: number): string {
  const rounded = Number(value.toFixed(digits))
  if (rounded === 0) return formatDecimal(0, digits)
  return rounded > 0 ? `+${formatDecimal(rounded, digits)}` : formatDecimal(rounded, digits)
}

/** `8191235072` -> `8.19 B` (billions of parameters), `125000000` -> `125 M`. */
export function formatParameters(count: number): string {
  if (count >= 1e11) return `${formatDecimal(count / 1e9, 0)} B`
  if (count >= 1e9) return `${formatDecimal(count / 1e9, count >= 1e10 ? 1 : 2)} B`
  return `${formatDecimal(count / 1e6, 0)} M`
}

/** Short tick: 1024 multiples as `8k`, others grouped. */
export function formatTick(tokens: number): string {
  if (tokens >= 2 ** 20 && tokens % 2 ** 20 === 0) return `${tokens / 2 ** 20}M`
  if (tokens >= 1024 && tokens % 1024 === 0) return `${tokens / 1024}k`
  return formatInteger(tokens)
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatInteger(count)} ${count === 1 ? one : many}`
}
