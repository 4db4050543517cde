import { type ReactNode } from 'react'
import { fail, ok, type Result } from '#shared/domain/result'
import { type ImportPlace, type ImportPreview } from '#shared/ipc/import-channels'
import { Button } from '../../../components/button'
import { TextField } from '../../../components/fields'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { Progress } from '../../../components/progress'
import { foreignText } from '../../../format/foreign-text'
import { closeImport, previewImport, useImports } from '../../../stores/imports'
import { cancelJob, useJobs } from '../../../stores/jobs'
import { missingText, PLACES, placeWords, previewSummary } from '../import-view'
import { ImportFooter, ImportTable } from './import-table'

/** Models that other programs have fetched: looked at first, then registered where they lie. */
export function AlreadyHerePanel() {
  const state = useImports((store) => store.state)
  switch (state.phase) {
    case 'idle':
      return (
        <Frame>
          <p className="small two">
            Models that lie on this computer already need no download. You see what was found before anything is
            written; nothing is moved or copied.
          </p>
          <Places />
        </Frame>
      )
    case 'looking':
      return (
        <Frame note={`looking into ${placeWords(state.place)}`}>
          <Running job={state.job} label="Reading models" />
        </Frame>
      )
    case 'failed':
      return (
        <Frame>
          <Failed place={state.place} text={missingText(state.place, state.error)} />
          <Places />
        </Frame>
      )
    case 'ready':
    case 'writing':
      return <Preview preview={state.preview} job={state.phase === 'writing' ? state.job : undefined} />
  }
}

function Frame({ note, children }: { readonly note?: string; readonly children: ReactNode }) {
  return (
    <Panel title="Already on this computer" {...(note === undefined ? {} : { note })}>
      <div className="stack">{children}</div>
    </Panel>
  )
}

function Places() {
  return (
    <div className="row wrap">
      {PLACES.map(({ place, label }) => (
        <Button
          key={place}
          icon={place === 'folder' ? 'folder' : 'database'}
          onClick={() => void previewImport(place)}
          title={place === 'folder' ? 'Choose a folder; it is searched six levels deep' : undefined}
        >
          {place === 'folder' ? 'Scan a folder' : label}
        </Button>
      ))}
    </div>
  )
}

function Failed({ place, text }: { readonly place: ImportPlace; readonly text: string }) {
  return (
    <Note
      kind="warn"
      role="alert"
      actions={
        place === 'ollama-server' ? undefined : (
          <Button size="small" icon="folder" onClick={() => void previewImport(place, { choose: true })}>
            Choose its folder
          </Button>
        )
      }
    >
      Nothing could be read from {placeWords(place)}. {foreignText(text)}
      {place === 'ollama-server' && (
        <div className="second">
          <TextField
            label="Address of Ollama"
            value={OLLAMA_URL}
            parse={parseAddress}
            small
            size={32}
            onCommit={(url) => void previewImport(place, { url: url.trim() })}
          />
        </div>
      )}
    </Note>
  )
}

/** Where Ollama listens unless it was told otherwise. */
const OLLAMA_URL = 'http://127.0.0.1:11434'

function parseAddress(text: string): Result<string> {
  const isAddress = URL.canParse(text.trim()) && /^https?:/.test(text.trim())
  return isAddress ? ok(text.trim()) : fail('BAD_VALUE', 'Not an address.', { hint: 'Write it as http://host:port.' })
}

function Running({ job, label }: { readonly job: string; readonly label: string }) {
  const progress = useJobs((store) => store.running[job])
  return (
    <div className="row reading">
      <div className="grow">
        <Progress
          label={label}
          done={progress?.done ?? 0}
          total={progress?.total ?? 0}
          {...(progress === undefined || progress.total === 0 ? {} : { detail: foreignText(progress.label, 120) })}
        />
      </div>
      <Button size="small" icon="x" onClick={() => void cancelJob(job)}>
        Stop
      </Button>
    </div>
  )
}

function Preview({ preview, job }: { readonly preview: ImportPreview; readonly job: string | undefined }) {
  const isEmpty = preview.rows.length === 0
  return (
    <Panel
      title="Already on this computer"
      note={`${foreignText(preview.root_label, 200)}: ${previewSummary(preview)}`}
      padded={isEmpty}
      actions={
        <>
          {preview.place !== 'ollama-server' && (
            <Button size="small" icon="folder" onClick={() => void previewImport(preview.place, { choose: true })}>
              Another folder
            </Button>
          )}
          <Button size="small" icon="x" onClick={closeImport}>
            Close
          </Button>
        </>
      }
      footer={isEmpty ? undefined : <ImportFooter preview={preview} />}
    >
      {isEmpty ? <p className="small two">No models were found there.</p> : <ImportTable preview={preview} />}
      <Notes notes={preview.notes} />
      {job !== undefined && (
        <div className="lookup-notes">
          <Running job={job} label="Registering" />
        </div>
      )}
    </Panel>
  )
}

const MOST_NOTES = 20

function Notes({ notes }: { readonly notes: readonly string[] }) {
  if (notes.length === 0) return null
  return (
    <div className="lookup-notes">
      <Note kind="info">
        Left out before reading:
        <ul className="bullets">
          {notes.slice(0, MOST_NOTES).map((note) => (
            <li key={note}>{foreignText(note, 300)}</li>
          ))}
          {notes.length > MOST_NOTES && <li>{`and ${notes.length - MOST_NOTES} more`}</li>}
        </ul>
      </Note>
    </div>
  )
}
