import { type ReactNode } from 'react'
import { foreignText } from '../format/foreign-text'
import { formatInteger } from '../format/numbers'
import { type RefusedStart } from '../format/refused-start'
import { CodeWords } from './code-words'
import { Note } from './note'

interface RefusedNoteProps {
  readonly refused: RefusedStart
  /** What can be done about it here. */
  readonly actions?: ReactNode
}

/** A start that did not succeed: the engine's own words, and the largest context it named. */
export function RefusedNote({ refused, actions }: RefusedNoteProps) {
  const { headline, sentence, maximumTokens } = refused
  const end = /[.!?]$/.test(sentence) ? '' : '.'
  return (
    <Note kind="warn" actions={actions}>
      <p>
        <b>{headline}:</b> <CodeWords text={`${foreignText(sentence, 1000)}${end}`} />
      </p>
      {maximumTokens !== undefined && <p>It suggested at most {formatInteger(maximumTokens)} tokens.</p>}
    </Note>
  )
}
