import { type HeadroomError } from '#shared/domain/result'
import { type ModelDetails, type ModelHistory } from '#shared/ipc/entry-schemas'
import { Button } from '../../../components/button'
import { Loading } from '../../../components/empty-state'
import { Note } from '../../../components/note'
import { formatTime } from '../../../format/dates'
import { foreignText } from '../../../format/foreign-text'
import { NOTHING } from '../../../format/numbers'
import { undoChange, useUndo } from '../../../stores/undo'

interface HistoryTabProps {
  readonly details: { readonly value?: ModelDetails; readonly error?: HeadroomError }
}

/** What Headroom changed in this entry, newest first, value by value. */
export function HistoryTab({ details }: HistoryTabProps) {
  if (details.error !== undefined) return <Note kind="bad">{details.error.message}</Note>
  if (details.value === undefined) {
    return (
      <div className="drawer-pad">
        <Loading label="Reading the history" />
      </div>
    )
  }
  const { history } = details.value
  if (history.length === 0) {
    return <p className="drawer-pad small dim">Headroom has changed nothing in this entry yet.</p>
  }
  return (
    <ol className="history" aria-label="Changes of this model">
      {history.map((item) => (
        <HistoryLine key={item.id} item={item} />
      ))}
    </ol>
  )
}

const MOST_SHOWN = 12

function HistoryLine({ item }: { readonly item: ModelHistory }) {
  const busy = useUndo((state) => state.busy)
  const rest = item.changes.length - MOST_SHOWN
  return (
    <li className={item.undone ? 'undone' : undefined}>
      <div className="row">
        <span className="grow">
          <span className={item.undone ? 'was' : 'strong'}>{foreignText(item.description, 200)}</span>
          <span className="dim small block">{formatTime(item.at)}</span>
        </span>
        {item.undone && <span className="dim small">taken back</span>}
        {item.newest && (
          <Button size="tiny" icon="undo" disabled={busy} onClick={() => void undoChange({ expected: item.id })}>
            Take back
          </Button>
        )}
      </div>
      <ul>
        {item.changes.slice(0, MOST_SHOWN).map((change) => (
          <li key={`${change.layer} ${change.path}`}>
            <span className="mono micro two">
              {foreignText(change.path.replace(/^metadata\.architecture\./, ''), 120)}
            </span>
            <span className="small wrap-anywhere">
              <span className="was">{valueText(change.before)}</span> → <b>{valueText(change.after)}</b>
            </span>
          </li>
        ))}
        {rest > 0 && <li className="dim small">and {rest} more values</li>}
      </ul>
    </li>
  )
}

function valueText(value: unknown): string {
  if (value === undefined) return NOTHING
  return foreignText(typeof value === 'string' ? value : JSON.stringify(value), 200)
}
