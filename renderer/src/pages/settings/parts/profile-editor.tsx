import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { type ProfileEdit } from '#shared/estimator/profile-edits'
import { Button } from '../../../components/button'
import { Note } from '../../../components/note'
import { WhatIsThis } from '../../../components/what-is-this'
import { foreignText } from '../../../format/foreign-text'
import { type AmountText, type DraftProblems, draftOf, type ProfileDraft, readDraft } from '../profile-form'
import { type ProfileRow } from '../profile-rows'
import { profileHelp } from '../profile-words'

interface ProfileEditorProps {
  /** Absent: a new profile. */
  readonly row?: ProfileRow
  /** Carries out the edits in their order; words when one was refused. */
  readonly onSave: (edits: readonly ProfileEdit[], name: string) => Promise<string | undefined>
  readonly onClose: () => void
}

/** The values of one profile, with their units and what they mean; nothing is written before Save. */
export function ProfileEditor({ row, onSave, onClose }: ProfileEditorProps) {
  const [draft, setDraft] = useState(() => draftOf(row?.name ?? '', row?.profile ?? {}))
  const [problems, setProblems] = useState<DraftProblems>({})
  const [refusal, setRefusal] = useState<string>()
  const change = (patch: Partial<ProfileDraft>) => setDraft((before) => ({ ...before, ...patch }))

  async function save(event: FormEvent) {
    event.preventDefault()
    const read = readDraft(draft)
    setRefusal(undefined)
    setProblems(read.ok ? {} : read.problems)
    if (!read.ok) return
    const name = draft.name.trim()
    const edits: ProfileEdit[] =
      row === undefined
        ? [{ kind: 'create', name, patch: read.patch }]
        : [
            { kind: 'change', name: row.name, patch: read.patch },
            ...(name === row.name ? [] : [{ kind: 'rename', name: row.name, as: name } as const]),
          ]
    setRefusal(await onSave(edits, name))
  }
  return (
    <form
      className="profile-editor"
      aria-label={row === undefined ? 'New overhead profile' : `Edit ${row.name}`}
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => {
        // React also tells of keys in an explanation that hangs from the form: there Esc closes the explanation only.
        const isOwn = event.target instanceof Node && event.currentTarget.contains(event.target)
        if (event.key === 'Escape' && isOwn && !event.defaultPrevented) onClose()
      }}
    >
      <Line label="Name" problem={problems.name}>
        {(id) => (
          <input
            className="input"
            id={id}
            value={draft.name}
            maxLength={100}
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: the form opens because somebody asked to type here
            autoFocus
            aria-invalid={problems.name !== undefined || undefined}
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </Line>
      <Line label="Description">
        {(id) => (
          <input
            className="input"
            id={id}
            value={draft.description}
            maxLength={1000}
            onChange={(event) => change({ description: event.target.value })}
          />
        )}
      </Line>
      <AmountLine
        label="Overhead outside torch"
        help="overhead"
        value={draft.overhead}
        problem={problems.overhead}
        onChange={(overhead) => change({ overhead })}
      />
      <AmountLine
        label="CUDA graphs"
        help="graphs"
        value={draft.graphs}
        problem={problems.graphs}
        onChange={(graphs) => change({ graphs })}
      />
      <Line
        label="Activation factor"
        help={<WhatIsThis field="Activation factor" {...profileHelp.factor} />}
        problem={problems.factor}
      >
        {(id) => (
          <span className="field-unit">
            ×
            <input
              className="input num"
              id={id}
              size={6}
              inputMode="decimal"
              placeholder="1"
              value={draft.factor}
              aria-invalid={problems.factor !== undefined || undefined}
              onChange={(event) => change({ factor: event.target.value })}
            />
          </span>
        )}
      </Line>
      {row !== undefined && row.others.length > 0 && (
        <p className="micro dim">Kept as they are: {foreignText(row.others.join(', '), 200)}.</p>
      )}
      {refusal !== undefined && (
        <Note kind="bad" role="alert">
          {refusal}
        </Note>
      )}
      <div className="row dialog-acts">
        <Button size="small" onClick={onClose}>
          Cancel
        </Button>
        <Button size="small" variant="primary" type="submit">
          {row === undefined ? 'Create profile' : 'Save profile'}
        </Button>
      </div>
    </form>
  )
}

interface LineProps {
  readonly label: string
  readonly help?: ReactNode
  readonly problem?: string | undefined
  readonly children: (id: string) => ReactNode
}

function Line({ label, help, problem, children }: LineProps) {
  const id = useId()
  return (
    <div className="editor-line">
      <span className="row">
        <label htmlFor={id}>{label}</label>
        {help}
      </span>
      <div>
        {children(id)}
        {problem !== undefined && (
          <p className="micro bad" role="alert">
            {problem}
          </p>
        )}
      </div>
    </div>
  )
}

interface AmountLineProps {
  readonly label: string
  readonly help: 'overhead' | 'graphs'
  readonly value: AmountText
  readonly problem: string | undefined
  readonly onChange: (value: AmountText) => void
}

const ENDS = ['low', 'likely', 'high'] as const

function AmountLine({ label, help, value, problem, onChange }: AmountLineProps) {
  return (
    <fieldset className="editor-line">
      <legend className="sr">{label}, GiB</legend>
      <span className="row">
        <span aria-hidden="true">{label}</span>
        <WhatIsThis field={label} {...profileHelp[help]} />
      </span>
      <div>
        <div className="row amounts">
          {ENDS.map((end) => (
            <label key={end} className="amount">
              <span className="micro dim">{end}</span>
              <input
                className="input num"
                size={6}
                inputMode="decimal"
                aria-label={`${label}, ${end}, GiB`}
                aria-invalid={problem !== undefined || undefined}
                value={value[end]}
                onChange={(event) => onChange({ ...value, [end]: event.target.value })}
              />
            </label>
          ))}
          <span className="small dim">GiB</span>
        </div>
        {problem === undefined ? (
          <p className="micro dim">{profileHelp.range}</p>
        ) : (
          <p className="micro bad" role="alert">
            {problem}
          </p>
        )}
      </div>
    </fieldset>
  )
}
