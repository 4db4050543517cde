import { type FieldChange } from '#shared/ipc/contract'
import { foreignText } from '../../../format/foreign-text'
import { fieldName, valueText } from '../view-model'

/** Fields of one model, before and after. */
export function ChangeList({ changes }: { readonly changes: readonly FieldChange[] }) {
  return (
    <ul className="changes" aria-label="Changes">
      {changes.map((change) => (
        <li key={change.field}>
          <span className="mono">{fieldName(change)}</span>
          <span className="was">{foreignText(valueText(change.before))}</span>
          <span aria-hidden="true">→</span>
          <span className="strong" title={valueText(change.after, 2000)}>
            {foreignText(valueText(change.after))}
          </span>
        </li>
      ))}
    </ul>
  )
}
