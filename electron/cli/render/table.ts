import { visibleText } from '#shared/domain/visible-text'

/** Aligned columns; numbers (`right`) end at the same place. Cells are cleaned of control characters. */
export function table(
  rows: readonly (readonly string[])[],
  options: { readonly head?: readonly string[]; readonly right?: readonly number[] } = {},
): string {
  const all = (options.head === undefined ? rows : [options.head, ...rows]).map((row) => row.map(visible))
  const widths = all.reduce<readonly number[]>(
    (known, row) =>
      Array.from({ length: Math.max(known.length, row.length) }, (_, at) =>
        Math.max(known[at] ?? 0, row[at]?.length ?? 0),
      ),
    [],
  )
  const right = new Set(options.right)
  const lines = all.map((row) =>
    row
      .map((cell, at) => (right.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  return lines.join('\n')
}

const MAX_CELL = 300

/** Text from files is shown as text: control and direction characters as `\u{...}`, very long text cut. */
export function visible(text: string): string {
  return visibleText(text.length > MAX_CELL ? `${text.slice(0, MAX_CELL)}...` : text)
}
