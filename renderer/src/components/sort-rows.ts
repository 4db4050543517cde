export interface SortState {
  /** Key of a column. */
  readonly key: string
  readonly descending: boolean
}

/** Made once: `localeCompare` with options makes a new one for every pair. */
const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

interface SortableColumn<Row> {
  readonly key: string
  readonly sortBy?: (row: Row) => string | number | undefined
}

/** Rows in the order of one column; stable; what is not known comes last in either direction. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly SortableColumn<Row>[],
  sort: SortState,
): readonly Row[] {
  const sortBy = columns.find((column) => column.key === sort.key)?.sortBy
  if (sortBy === undefined) return rows
  const sign = sort.descending ? -1 : 1
  return rows
    .map((row) => ({ row, value: sortBy(row) }))
    .sort((left, right) => {
      if (left.value === undefined || right.value === undefined) {
        return Number(left.value === undefined) - Number(right.value === undefined)
      }
      return sign * compare(left.value, right.value)
    })
    .map(({ row }) => row)
}

function compare(left: string | number, right: string | number): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  return COLLATOR.compare(String(left), String(right))
}
