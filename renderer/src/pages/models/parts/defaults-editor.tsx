import { useState } from 'react'
import { type Json } from '#shared/domain/json'
import { type HeadroomError } from '#shared/domain/result'
import { type ModelDetails } from '#shared/ipc/entry-schemas'
import { type DefaultKey, defaultSpecs, defaultText, parseDefault } from '#shared/registry/generation-defaults'
import { Button } from '../../../components/button'
import { Note } from '../../../components/note'
import { foreignText } from '../../../format/foreign-text'
import { NOTHING, plural } from '../../../format/numbers'
import { type DefaultDrafts, defaultChanges } from '../drafts'
import { editModel } from '../edit-model'
import { setDefaultDrafts, useModelsPage } from '../store'
import { layerWords } from '../view-model'

const NO_DRAFTS: DefaultDrafts = {}

interface DefaultsEditorProps {
  readonly id: string
  readonly name: string
  readonly details: ModelDetails
}

/** Generation defaults: what clients of the model get when they ask for nothing else. Empty takes a value out. */
export function DefaultsEditor({ id, name, details }: DefaultsEditorProps) {
  const drafts = useModelsPage((state) => state.defaultDrafts[id] ?? NO_DRAFTS)
  const [conflict, setConflict] = useState<HeadroomError>()
  const { defaults } = details
  const changes = defaultChanges(drafts, defaults)
  const count = changes.ok ? changes.value.length : 0
  function type(key: DefaultKey, text: string) {
    setDefaultDrafts(id, { ...drafts, [key]: { text, seen: drafts[key]?.seen ?? defaults[key] ?? null } })
  }
  function discard() {
    setDefaultDrafts(id, undefined)
    setConflict(undefined)
  }
  async function save() {
    if (!changes.ok) return
    const values: Partial<Record<DefaultKey, Json>> = {}
    const expected: Partial<Record<DefaultKey, Json>> = {}
    for (const { key, value } of changes.value) {
      values[key] = value
      expected[key] = drafts[key]?.seen ?? null
    }
    const edit = { kind: 'defaults', values, expected } as const
    const saved = await editModel(id, edit, `${plural(count, 'generation default')} of ${name} saved.`)
    if (saved === 'saved') discard()
    else if (saved !== 'failed') setConflict(saved)
  }
  /** Goes on with what was typed, on top of what stands there now. */
  function keepMine() {
    const moved = Object.entries(drafts).map(([key, draft]) => [key, { ...draft, seen: defaults[key] ?? null }])
    setDefaultDrafts(id, Object.fromEntries(moved))
    setConflict(undefined)
  }
  return (
    <section aria-label="Generation defaults">
      <h3>
        Generation defaults <span className="dim">{layerWords(details.layers.defaults)}</span>
      </h3>
      <div className="stack">
        <dl className="defaults">
          {defaultSpecs.map((spec) => (
            <DefaultField
              key={spec.key}
              spec={spec}
              held={defaultText(defaults[spec.key])}
              text={drafts[spec.key]?.text}
              onType={(text) => type(spec.key, text)}
            />
          ))}
        </dl>
        {conflict !== undefined && (
          <Note
            kind="warn"
            role="alert"
            actions={
              <>
                <Button size="tiny" onClick={keepMine}>
                  Keep mine
                </Button>
                <Button size="tiny" onClick={discard}>
                  Take theirs
                </Button>
              </>
            }
          >
            {foreignText(conflict.message, 500)}
          </Note>
        )}
        {changes.ok && count > 0 && (
          <ul className="small changes-list" aria-label="Changes to the generation defaults">
            {changes.value.map(({ key, before, after }) => (
              <li key={key}>
                <span className="mono">{key}</span> <span className="was">{foreignText(before) || NOTHING}</span> →{' '}
                <b>{foreignText(after) || 'taken out'}</b>
              </li>
            ))}
          </ul>
        )}
        {Object.keys(drafts).length > 0 && (
          <div className="row">
            <Button
              size="small"
              variant="primary"
              blockedBy={changes.ok ? (count === 0 ? 'Nothing is changed yet' : undefined) : changes.error.message}
              onClick={() => void save()}
            >
              {count === 0 ? 'Save defaults' : `Save ${plural(count, 'value')}`}
            </Button>
            <Button size="small" onClick={discard}>
              Discard
            </Button>
          </div>
        )}
      </div>
    </section>
  )
}

interface DefaultFieldProps {
  readonly spec: (typeof defaultSpecs)[number]
  /** As the entry holds it. */
  readonly held: string
  readonly text: string | undefined
  readonly onType: (text: string) => void
}

function DefaultField({ spec, held, text, onType }: DefaultFieldProps) {
  const shown = text ?? held
  const read = parseDefault(spec.key, shown)
  const isBad = text !== undefined && !read.ok
  return (
    <div className="pair">
      <dt title={spec.key}>{spec.label}</dt>
      <dd>
        <input
          className="input s"
          aria-label={`${spec.label}, ${spec.hint}`}
          aria-invalid={isBad || undefined}
          placeholder="not set"
          title={isBad ? read.error.message : spec.hint}
          value={shown}
          spellCheck={false}
          onChange={(event) => onType(event.target.value)}
        />
      </dd>
      {isBad && (
        <dd className="problem" role="alert">
          {[read.error.message, read.error.hint].filter(Boolean).join(' ')}
        </dd>
      )}
    </div>
  )
}
