import { type EstimateResult } from '#shared/estimator/result'
import { Note } from '../../../components/note'
import { foreignText } from '../../../format/foreign-text'
import { engineLabel } from '../calculations'
import { type Question } from '../question'
import { consequence } from '../verdict-view'

export const NOTES_ID = 'estimate-notes'

/** Everything that estimate, metadata and registry want to be known, without repetition. */
export function notesOf(question: Question, result: EstimateResult | undefined): readonly string[] {
  // What the engine does at this point stands beside Apply already.
  const outcome = result === undefined ? undefined : consequence(question, result)?.text
  const notes = [
    ...new Set([
      ...(question.engineSource.startsWith('default:') ? [engineNote(question)] : []),
      ...(result?.warnings ?? []),
      ...(question.stated.warnings ?? []),
      ...(question.model?.warnings ?? []),
    ]),
  ]
  return notes.filter((text) => text !== outcome)
}

function engineNote({ engine, engineSource }: Question): string {
  return `The engine is a guess (${engineSource.slice('default:'.length)}): shown as if ${engineLabel(engine)} ran it.`
}

/** The list under the panels; the line below the verdict leads here. */
export function NotesPanel({ notes }: { readonly notes: readonly string[] }) {
  if (notes.length === 0) return null
  return (
    <section className="panel" aria-labelledby={`${NOTES_ID}-title`} id={NOTES_ID} tabIndex={-1}>
      <header>
        <h2 id={`${NOTES_ID}-title`}>Notes on this estimate</h2>
      </header>
      <div className="body stack tightly">
        {notes.map((text) => (
          <Note key={text}>{foreignText(text)}</Note>
        ))}
      </div>
    </section>
  )
}
