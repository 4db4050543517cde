import { type ArchitectureField, type ArchitectureMetadata, architectureFields } from '#shared/domain/architecture'
import { expectedFields } from '#shared/domain/completeness'
import { type ModelView } from '#shared/domain/model-view'
import { Note } from '../../../components/note'
import { SourceBadge } from '../../../components/source-badge'
import { fieldLabels, formatField } from '../../../format/architecture-fields'
import { formatTime } from '../../../format/dates'
import { foreignText } from '../../../format/foreign-text'
import { RuntimeList } from './runtime-list'

/** All fields with their values and sources; what an estimate would still want to know stands there as unknown. */
export function ArchitectureTab({ model }: { readonly model: ModelView }) {
  const architecture = model.architecture ?? {}
  const expected = new Set<ArchitectureField>(expectedFields(architecture))
  const shown = architectureFields.filter(
    (field) => formatField(architecture, field) !== undefined || expected.has(field),
  )
  const notes = [...(architecture.warnings ?? []), ...model.warnings]
  return (
    <div className="stack wide">
      <ul className="arch flat" aria-label="Architecture">
        {shown.map((field) => (
          <FieldLine key={field} field={field} architecture={architecture} />
        ))}
      </ul>
      {notes.map((note) => (
        <div className="drawer-pad" key={note}>
          <Note kind="warn">{foreignText(note)}</Note>
        </div>
      ))}
      {architecture.runtime !== undefined && <RuntimeList runtime={architecture.runtime} />}
    </div>
  )
}

interface FieldLineProps {
  readonly field: ArchitectureField
  readonly architecture: ArchitectureMetadata
}

function FieldLine({ field, architecture }: FieldLineProps) {
  const label = fieldLabels[field]
  const text = formatField(architecture, field)
  const evidence = architecture.evidence?.[field]
  const conflict = architecture.warnings?.find((warning) => warning.startsWith(`${field}:`))
  return (
    <li className={text === undefined ? 'unknown' : ''}>
      <span className="k">{label}</span>
      <span className="v" title={text}>
        {text === undefined ? 'unknown' : foreignText(text)}
      </span>
      <SourceBadge
        field={label}
        origin={text === undefined ? undefined : architecture.field_sources?.[field]}
        rawKey={evidence?.key}
        rawValue={evidence === undefined ? undefined : JSON.stringify(evidence.value)}
        time={architecture.collected_at === undefined ? undefined : formatTime(architecture.collected_at)}
        conflict={conflict}
      />
      <span />
    </li>
  )
}
