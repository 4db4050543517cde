import { type ArchitectureMetadata } from '#shared/domain/architecture'
import { SourceMark } from '../../../components/source-badge'
import { formatTime } from '../../../format/dates'
import { foreignText } from '../../../format/foreign-text'
import { formatNumber } from '../../../format/numbers'

/** What the engine measured when it last loaded the model, under the keys of the metrics log. */
export function RuntimeList({ runtime }: { readonly runtime: NonNullable<ArchitectureMetadata['runtime']> }) {
  const { observed_at: observed, extra_args_snapshot: _flags, source: _source, ...facts } = runtime
  return (
    <section className="drawer-pad stack" aria-label="Seen at the last start">
      <h3 className="row">
        Seen at the last start <SourceMark origin="runtime:engine" />
        {typeof observed === 'string' && <span className="dim">{formatTime(observed)}</span>}
      </h3>
      <dl className="kv-list">
        {Object.entries(facts).map(([key, value]) => (
          <div className="pair" key={key}>
            <dt className="mono">{key}</dt>
            <dd>
              {typeof value === 'number'
                ? formatNumber(value)
                : foreignText(typeof value === 'string' ? value : JSON.stringify(value))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
