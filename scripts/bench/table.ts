/** One bench: a title, rows of text cells below a head, and what of it is held against a target. */
export interface BenchReport {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly checks: readonly { readonly text: string; readonly isMet: boolean }[]
  readonly notes: readonly string[]
}

export function printReport({ title, head, rows, checks, notes }: BenchReport): void {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  const body = [head, ...rows].map((row) => `  ${line(row)}`)
  const verdicts = checks.map(({ text, isMet }) => `  ${isMet ? 'met   ' : 'MISSED'} ${text}`)
  process.stdout.write(`${[title, ...body, ...verdicts, ...notes.map((note) => `  note: ${note}`), ''].join('\n')}\n`)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

export function milliseconds(value: number): string {
  return Number.isNaN(value) ? 'skipped' : value.toFixed(value < 10 ? 2 : 0)
}
