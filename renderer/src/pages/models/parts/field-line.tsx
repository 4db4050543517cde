import { type FormEvent, useId, useState } from 'react'
import { type ArchitectureField, type ArchitectureMetadata } from '#shared/domain/architecture'
import { type ModelView } from '#shared/domain/model-view'
import { originKind } from '#shared/domain/provenance'
import { Button, IconButton } from '../../../components/button'
import { SourceBadge, SourceMark } from '../../../components/source-badge'
import { sourceWords } from '../../../components/source-words'
import { fieldLabels, formatField } from '../../../format/architecture-fields'
import { formatTime } from '../../../format/dates'
import { foreignText } from '../../../format/foreign-text'
import { measuredKvType } from '../../../format/measured-kv-type'
import {
  architectureFieldText,
  fieldKind,
  fieldUnit,
  parseArchitectureField,
} from '../../../format/parse-architecture-field'
import { editModel } from '../edit-model'

interface FieldLineProps {
  readonly field: ArchitectureField
  readonly model: ModelView
  /** The form for a value by hand is open. */
  readonly isOpen: boolean
  readonly onOpen: (open: boolean) => void
}

/** One field: value, source, and the way to set it by hand or to take that back. */
export function FieldLine({ field, model, isOpen, onOpen }: FieldLineProps) {
  const architecture = model.architecture ?? {}
  const label = fieldLabels[field]
  const text = formatField(architecture, field)
  const origin = architecture.field_sources?.[field]
  const isManual = originKind(origin) === 'manual'
  const conflict = architecture.warnings?.find((warning) => warning.startsWith(`${field}:`))
  const evidence = architecture.evidence?.[field]
  const measured = measuredKvType(field, architecture)
  const state = text === undefined ? 'unknown' : isManual ? 'manual' : conflict === undefined ? undefined : 'conflict'
  return (
    <li className={state}>
      <span className="k">{label}</span>
      <span className="v" title={text === undefined ? undefined : exactText(architecture, field)}>
        {text === undefined ? 'unknown' : foreignText(text, 200)}
      </span>
      <SourceBadge
        field={label}
        origin={text === undefined ? undefined : (origin ?? architecture.source)}
        rawKey={isManual ? undefined : evidence?.key}
        rawValue={isManual || evidence === undefined ? undefined : JSON.stringify(evidence.value)}
        time={architecture.collected_at === undefined ? undefined : formatTime(architecture.collected_at)}
        conflict={isManual ? undefined : conflict}
      />
      {isManual ? (
        <IconButton icon="undo" small label={restoreLabel(architecture, field)} onClick={() => restore(model, field)} />
      ) : (
        <IconButton
          icon={isOpen ? 'unlock' : 'lock'}
          small
          label={isOpen ? `Leave ${label} as it is` : `Set ${label} by hand`}
          aria-expanded={isOpen}
          onClick={() => onOpen(!isOpen)}
        />
      )}
      {measured !== undefined && (
        <span className="more">
          <span>measured {foreignText(measured.text, 60)}</span>
          <SourceMark origin={measured.origin} />
        </span>
      )}
      {isOpen && <OverrideForm field={field} model={model} onClose={() => onOpen(false)} />}
      {!isOpen && isManual && <ManualLine architecture={architecture} field={field} />}
      {!isOpen && !isManual && conflict !== undefined && <span className="more">{foreignText(conflict, 300)}</span>}
    </li>
  )
}

function restore(model: ModelView, field: ArchitectureField): void {
  void editModel(model.id, { kind: 'restore', field }, `${fieldLabels[field]} is what its source says again.`)
}

function restoreLabel(architecture: ArchitectureMetadata, field: ArchitectureField): string {
  const source = architecture.overrides?.[field]?.before_source
  const from = source === undefined ? 'its source' : sourceWords(source).word
  return `Restore ${fieldLabels[field]} from ${from}`
}

/** What stood there before, and why it was set by hand. */
function ManualLine({
  architecture,
  field,
}: {
  readonly architecture: ArchitectureMetadata
  readonly field: ArchitectureField
}) {
  const record = architecture.overrides?.[field]
  if (record === undefined) return null
  const before = formatField({ [field]: record.before } as ArchitectureMetadata, field) // the value once stood there
  return (
    <span className="more">
      {before !== undefined && (
        <>
          <span className="was">{foreignText(before, 80)}</span>
          <SourceMark origin={record.before_source} />
        </>
      )}
      {record.follows !== undefined && (
        <span>follows {fieldLabels[record.follows as ArchitectureField] ?? record.follows}</span>
      )}
      {record.note !== undefined && <span>“{foreignText(record.note, 300)}”</span>}
      {record.at !== undefined && <span className="dim">{formatTime(record.at)}</span>}
    </span>
  )
}

interface OverrideFormProps {
  readonly field: ArchitectureField
  readonly model: ModelView
  readonly onClose: () => void
}

function OverrideForm({ field, model, onClose }: OverrideFormProps) {
  const label = fieldLabels[field]
  const [text, setText] = useState(() => architectureFieldText(field, model.architecture?.[field]))
  const [note, setNote] = useState('')
  const [problem, setProblem] = useState<string>()
  const id = useId()
  async function save(event: FormEvent) {
    event.preventDefault()
    const read = parseArchitectureField(field, text)
    if (!read.ok) return setProblem([read.error.message, read.error.hint].filter(Boolean).join(' '))
    const trimmed = note.trim()
    const edit = { kind: 'override', field, value: read.value, ...(trimmed === '' ? {} : { note: trimmed }) } as const
    if ((await editModel(model.id, edit, `${label} of ${model.name} set by hand.`)) === 'saved') onClose()
  }
  const unit = fieldUnit(field)
  const common = {
    className: 'input s',
    'aria-label': unit === undefined ? label : `${label}, ${unit}`,
    'aria-invalid': problem === undefined ? undefined : true,
    'aria-describedby': problem === undefined ? undefined : id,
    value: text,
    spellCheck: false,
    // The person pressed the padlock to type here.
    autoFocus: true,
  } as const
  return (
    <form
      className="override more"
      aria-label={`Set ${label} by hand`}
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        onClose()
      }}
    >
      <span className="row">
        {fieldKind(field) === 'json' ? (
          <textarea {...common} rows={3} onChange={(event) => setText(event.target.value)} />
        ) : (
          <input {...common} placeholder="value" onChange={(event) => setText(event.target.value)} />
        )}
        {unit !== undefined && <span className="dim">{unit}</span>}
      </span>
      <input
        className="input s"
        aria-label={`Note on ${label}`}
        placeholder="Note: where the value is from"
        value={note}
        maxLength={2000}
        onChange={(event) => setNote(event.target.value)}
      />
      {problem !== undefined && (
        <span id={id} className="problem" role="alert">
          {problem}
        </span>
      )}
      <span className="row">
        <Button size="small" variant="primary" type="submit">
          Set by hand
        </Button>
        <Button size="small" onClick={onClose}>
          Cancel
        </Button>
      </span>
    </form>
  )
}

function exactText(architecture: ArchitectureMetadata, field: ArchitectureField): string {
  const value = architecture[field]
  return foreignText(typeof value === 'object' ? JSON.stringify(value) : String(value), 1000)
}
