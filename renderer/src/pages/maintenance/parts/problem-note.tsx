import { type HeadroomError } from '#shared/domain/result'
import { Note } from '../../../components/note'

/** A failed action in its own words; what was shown before stays. */
export function ProblemNote({ error }: { readonly error: HeadroomError | undefined }) {
  if (error === undefined) return null
  return (
    <Note kind={error.code === 'CANCELLED' ? 'plain' : 'bad'} role="alert">
      {error.message} {error.hint}
    </Note>
  )
}
