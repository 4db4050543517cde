import { GIB } from '#shared/domain/units'

/**
 * Tenths of GiB for each part so that they add up to the total as it is shown (largest remainder method). Parts in
 * bytes; the result is in tenths of a GiB, in the same order. The total may differ from the sum of the parts by less
 * than one tenth a part; otherwise each part is rounded on its own, because no fair share exists.
 */
export function shareTenths(parts: readonly number[], total: number): readonly number[] {
  const exact = parts.map((bytes) => (bytes / GIB) * 10)
  const floors = exact.map((value) => Math.floor(value + 1e-9))
  const missing = Math.round((total / GIB) * 10) - floors.reduce((sum, value) => sum + value, 0)
  if (missing < 0 || missing > parts.length) return exact.map((value) => Math.round(value))
  const byRemainder = exact
    .map((value, index) => ({ index, rest: value - (floors[index] ?? 0) }))
    .sort((left, right) => right.rest - left.rest || left.index - right.index)
    .slice(0, missing)
  const raised = new Set(byRemainder.map((row) => row.index))
  return floors.map((value, index) => value + (raised.has(index) ? 1 : 0))
}
