import { useMemo } from 'react'
import { type Json } from '#shared/domain/json'
import { type ModelView } from '#shared/domain/model-view'
import { type PlanGpu } from '#shared/estimator/request'
import { MeasuredError } from '../../../components/measured-error'
import { RefusedNote } from '../../../components/refused-note'
import { SourceMark } from '../../../components/source-badge'
import { formatTime } from '../../../format/dates'
import { foreignText } from '../../../format/foreign-text'
import { type MeasuredColumn } from '../../../format/measured-view'
import { formatNumber } from '../../../format/numbers'
import { useEstimator } from '../../../stores/estimator'
import { lastStart } from '../last-start'

/** What the engine measured when it last loaded the model, beside what the estimate says of that same start. */
export function RuntimeList({ model, gpu }: { readonly model: ModelView; readonly gpu: PlanGpu | undefined }) {
  const facts = useEstimator((state) => state.headers[model.id])
  const start = useMemo(() => lastStart({ model, facts, gpu }), [model, facts, gpu])
  if (start === undefined) return null
  const { origin, observedAt, view } = start
  return (
    <section className="drawer-pad stack" aria-label="Seen at the last start">
      <h3 className="row">
        Seen at the last start <SourceMark origin={origin} />
        {observedAt !== undefined && <span className="dim">{formatTime(observedAt)}</span>}
      </h3>
      {view?.refused !== undefined && <RefusedNote refused={view.refused} />}
      {view !== undefined && view.columns.length > 0 && <Compared columns={view.columns} />}
      <dl className="kv-list">
        {start.rest.map(([key, value]) => (
          <div className="pair" key={key}>
            <dt className="mono">{key}</dt>
            <dd>{valueText(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** One row a term: the drawer is too narrow for the columns of the Estimator's strip. */
function Compared({ columns }: { readonly columns: readonly MeasuredColumn[] }) {
  return (
    <table className="plain compared" aria-label="Measured against estimated">
      <thead>
        <tr>
          <th scope="col">Term</th>
          <th scope="col" className="num">
            Estimated
          </th>
          <th scope="col" className="num">
            Measured
          </th>
          <th scope="col" className="num">
            Error
          </th>
        </tr>
      </thead>
      <tbody>
        {columns.map((column) => (
          <tr key={column.name}>
            <th scope="row" className="two plain-head" title={column.source}>
              {column.label}
              {column.unit === 'bytes' && <span className="dim"> GiB</span>}
            </th>
            <td className="num">{column.estimated}</td>
            <td className="num">{column.measured}</td>
            <td className="num">
              <MeasuredError column={column} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function valueText(value: Json): string {
  if (typeof value === 'number') return formatNumber(value)
  return foreignText(typeof value === 'string' ? value : JSON.stringify(value))
}
