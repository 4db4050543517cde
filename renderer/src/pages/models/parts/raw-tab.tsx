import { useEffect, useState } from 'react'
import { type HeadroomError } from '#shared/domain/result'
import { call } from '../../../api/call'
import { Loading } from '../../../components/empty-state'
import { Note } from '../../../components/note'
import { foreignText } from '../../../format/foreign-text'

const LIMIT = 100_000

/** The entry as it stands in the files, merged. Long ones are cut at a stated length. */
export function RawTab({ id }: { readonly id: string }) {
  const [text, setText] = useState<string>()
  const [error, setError] = useState<HeadroomError>()
  const [search, setSearch] = useState('')
  useEffect(() => {
    void call('models:raw', { id }).then((reply) => (reply.ok ? setText(reply.value.text) : setError(reply.error)))
  }, [id])
  if (error !== undefined) return <Note kind="bad">{error.message}</Note>
  if (text === undefined) return <Loading label="Reading the entry" />
  const lines = text.slice(0, LIMIT).split('\n')
  const shown = search === '' ? lines : lines.filter((line) => line.toLowerCase().includes(search.toLowerCase()))
  return (
    <div className="drawer-pad stack">
      <input
        className="input"
        type="search"
        aria-label="Search in the entry"
        placeholder="Search in the entry"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {text.length > LIMIT && <Note>Only the first {LIMIT.toLocaleString('en-GB')} characters are shown.</Note>}
      <pre className="formula raw">{shown.map((line) => foreignText(line)).join('\n')}</pre>
    </div>
  )
}
