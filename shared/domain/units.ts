import { fail, ok, type Result } from './result'

export const MIB = 2 ** 20
export const GIB = 2 ** 30

/** GiB (as users type it) to whole bytes. */
export function gibToBytes(gib: number): number {
  return Math.round(gib * GIB)
}

const HUMAN = /^(\d+(?:\.\d+)?)([kmgtKMGT])?$/
const DECIMAL_POWER: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4 }

/**
 * Whole number in vLLM's human form: `32768`, `32K` = 32768 (powers of 1024), `32k` = 32000 (powers of 1000);
 * a fraction is allowed only with a lower-case suffix (`25.6k`). Source: vLLM `human_readable_int`.
 */
export function parseHumanInteger(text: string): Result<number> {
  const bad = fail('BAD_VALUE', `"${text}" is not a whole number.`, {
    hint: 'Write digits, 32k (32000) or 32K (32768).',
  })
  const match = HUMAN.exec(text.trim())
  if (!match) return bad
  const [, digits = '', suffix] = match
  const power = suffix === undefined ? 0 : (DECIMAL_POWER[suffix.toLowerCase()] ?? 0)
  const isBinary = suffix !== undefined && suffix !== suffix.toLowerCase()
  if (digits.includes('.') && (suffix === undefined || isBinary)) return bad
  const value = Math.round(Number(digits) * (isBinary ? 1024 : 1000) ** power)
  return Number.isSafeInteger(value) ? ok(value) : bad
}
