/** Half-open ranges `[start, end)` of a file, sorted and disjoint: what of a download is on the disk already. */
export type ByteRange = readonly [start: number, end: number]

/** Adds a range; neighbours melt into one. */
export function addRange(ranges: readonly ByteRange[], added: ByteRange): readonly ByteRange[] {
  if (added[1] <= added[0]) return ranges
  const sorted = [...ranges, added].toSorted((left, right) => left[0] - right[0])
  const merged: [number, number][] = []
  for (const [start, end] of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else merged.push([start, end])
  }
  return merged
}

/** What is still missing of a file of `bytes` bytes, cut into pieces of at most `pieceBytes`. */
export function missingRanges(ranges: readonly ByteRange[], bytes: number, pieceBytes: number): readonly ByteRange[] {
  const missing: ByteRange[] = []
  let position = 0
  for (const [start, end] of [...ranges, [bytes, bytes] as const]) {
    for (let from = position; from < start; from += pieceBytes) missing.push([from, Math.min(from + pieceBytes, start)])
    position = Math.max(position, end)
  }
  return missing
}

export function rangesBytes(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0)
}

/** Ranges out of a state file: anything not sorted, disjoint and inside the file makes the whole list worthless. */
export function validRanges(value: unknown, bytes: number): readonly ByteRange[] | undefined {
  if (!Array.isArray(value)) return undefined
  const ranges: ByteRange[] = []
  let position = -1
  for (const item of value as readonly unknown[]) {
    if (!Array.isArray(item) || item.length !== 2) return undefined
    const [start, end] = item as readonly unknown[]
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return undefined
    // Both are safe integers, tested above.
    const [from, to] = [start as number, end as number]
    if (from <= position || to <= from || to > bytes) return undefined
    ranges.push([from, to])
    position = to
  }
  return ranges
}
