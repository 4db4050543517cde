/** A figure that issue or design asks for, and whether this run meets it. */
export interface Target {
  readonly text: string
  readonly isMet: boolean
}

/** One table of the report with what belongs to it. */
export interface Section {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Cases worth a line of their own, with their cause. */
  readonly remarks?: readonly string[]
  readonly targets?: readonly Target[]
  /** Reason to ids. */
  readonly leftOut?: ReadonlyMap<string, readonly string[]>
}

/** Splits rows from reasons why a case is left out. */
export function collect<C extends { readonly id: string }, T extends object>(
  cases: readonly C[],
  rowOf: (one: C) => T | string,
): { readonly rows: readonly T[]; readonly leftOut: ReadonlyMap<string, readonly string[]> } {
  const rows: T[] = []
  const leftOut = new Map<string, string[]>()
  for (const one of cases) {
    const row = rowOf(one)
    if (typeof row === 'string') leftOut.set(row, [...(leftOut.get(row) ?? []), one.id])
    else rows.push(row)
  }
  return { rows, leftOut }
}

/** Lines of a section; `isVerbose` names the cases that were left out. */
export function linesOf(section: Section, isVerbose: boolean): readonly string[] {
  const { title, head, rows, remarks = [], targets = [], leftOut = new Map<string, readonly string[]>() } = section
  const table = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`
  const reasons = [...leftOut].map(([reason, ids]) => `  left out ${`${ids.length}`.padStart(2)}: ${reason}`)
  const named = [...leftOut].flatMap(([reason, ids]) => [`  left out: ${reason}`, ...ids.map((id) => `    ${id}`)])
  return [
    title,
    ...table.map((row) => line(row).trimEnd()),
    ...targets.map((target) => `  ${target.isMet ? 'met   ' : 'MISSED'}  ${target.text}`),
    ...remarks.map((remark) => `  - ${remark}`),
    ...(isVerbose ? named : reasons),
  ]
}

/** Value below which `share` of the sorted values lie; NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export function worst(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : Math.max(...values.map(Math.abs))
}

/** `-` where there is nothing to state. */
export function fixed(value: number, digits: number, unit = ''): string {
  return Number.isFinite(value) ? `${value.toFixed(digits)}${unit}` : '-'
}

export function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${part} of ${whole}`
}
