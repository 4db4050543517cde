import { type MeasuredColumn } from '../format/measured-view'
import { Icon } from './icon'

/** The error of one figure: a check where the range of the estimate holds what was measured, else a warning. */
export function MeasuredError({ column }: { readonly column: MeasuredColumn }) {
  if (column.isInside === undefined) return column.error
  const words = column.isInside ? 'inside the range of the estimate' : 'outside the range of the estimate'
  return (
    <span className={column.isInside ? 'status ok' : 'status warn'} title={words}>
      <Icon name={column.isInside ? 'check' : 'warn'} small />
      {column.error}
      <span className="sr">, {words}</span>
    </span>
  )
}
