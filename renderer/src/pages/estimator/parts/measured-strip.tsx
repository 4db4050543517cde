import { runCommand } from '../../../app/commands'
import { Button } from '../../../components/button'
import { Icon } from '../../../components/icon'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { foreignText } from '../../../format/foreign-text'
import { wish } from '../../../stores/estimator'
import { type MeasuredColumn, type MeasuredView } from '../measured-view'
import { type Question } from '../question'

interface MeasuredStripProps {
  readonly question: Question
  readonly view: MeasuredView | undefined
  /** New measurements wait in the log for models of the registry, this one among them. */
  readonly pending: boolean
  readonly busy: boolean
  readonly onReconcile: () => void
}

/** What the engine took at its last start, beside what the estimate says of that same start. */
export function MeasuredStrip({ question, view, pending, busy, onReconcile }: MeasuredStripProps) {
  const used = question.wishes.useMeasured
  const isRegistered = question.model !== undefined
  return (
    <Panel
      title="Measured against estimated"
      note={view === undefined ? undefined : <span title={view.title}>{view.when}</span>}
      padded={false}
      actions={
        <>
          {view !== undefined && question.engine === 'vllm' && (
            <Button
              size="tiny"
              aria-pressed={used}
              title="Measured terms stand in for modelled ones where their settings still hold"
              onClick={() => wish({ useMeasured: !used })}
            >
              {used ? 'Using measured overhead' : 'Use measured overhead'}
            </Button>
          )}
          {isRegistered && (
            <Button size="tiny" disabled={busy} onClick={onReconcile} title="Merge the metrics log into the registry">
              {busy ? 'Reconciling' : pending ? 'Reconcile new starts' : 'Reconcile'}
            </Button>
          )}
        </>
      }
    >
      {view === undefined ? <NoMeasurement question={question} /> : <MeasuredTable view={view} />}
    </Panel>
  )
}

function NoMeasurement({ question }: { readonly question: Question }) {
  return (
    <div className="body">
      <Note>
        {question.model === undefined ? (
          'A file that is not in the registry has no measured start.'
        ) : (
          <>
            No start measured with this engine yet. Start the model once with{' '}
            <code>headroom serve {foreignText(question.model.name, 120)}</code>, then reconcile to compare.{' '}
            <Button size="tiny" variant="quiet" onClick={() => runCommand('go:maintenance')}>
              Open Maintenance
            </Button>
          </>
        )}
      </Note>
    </div>
  )
}

function MeasuredTable({ view }: { readonly view: MeasuredView }) {
  const rows = [
    ['Estimated', 'estimated'],
    ['Measured', 'measured'],
    ['Error', 'error'],
  ] as const
  return (
    <div className="table-scroll">
      <table className="plain" aria-label="Measured against estimated">
        <thead>
          <tr>
            <td />
            {view.columns.map(({ label }) => (
              <th key={label} className="num" scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([words, key]) => (
            <tr key={key}>
              <th scope="row" className="two plain-head">
                {words}
              </th>
              {view.columns.map((column) => (
                <td key={column.label} className="num">
                  {key === 'error' ? <ErrorCell column={column} /> : column[key]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A check where the range of the estimate holds what was measured, a warning where it does not. */
function ErrorCell({ column }: { readonly column: MeasuredColumn }) {
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
