import { useId, useState } from 'react'
import { type Lookup } from '#shared/ipc/downloads'
import { Button } from '../../../components/button'
import { Check } from '../../../components/fields'
import { foreignText } from '../../../format/foreign-text'
import { formatBytes, formatSize, plural } from '../../../format/numbers'
import { toggleFile, useLookup } from '../../../stores/downloads-lookup'

const MOST_SHOWN = 500

/** For those who want exactly these files: every file of the listing, to tick one by one. */
export function FileChoice({ lookup }: { readonly lookup: Lookup }) {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const all = [...(lookup.weight_files ?? []), ...(lookup.small_files ?? []), ...lookup.others]
  if (all.length === 0) return null
  return (
    <div className="file-choice">
      <Button
        size="small"
        variant="quiet"
        icon={isOpen ? 'down' : 'right'}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {`Single files (${plural(all.length, 'file')})`}
      </Button>
      {isOpen && (
        <div id={id}>
          <p className="small dim">
            Exactly the ticked files are fetched and verified, into one folder; nothing is added to them. Ticking one
            unticks the variants.
          </p>
          <ul className="file-list" aria-label="Files of the repository">
            {all.slice(0, MOST_SHOWN).map((file) => (
              <FileLine key={file.path} {...file} />
            ))}
          </ul>
          {all.length > MOST_SHOWN && (
            <p className="small dim">{`${plural(all.length - MOST_SHOWN, 'more file')} not shown: name them on the command line with --include.`}</p>
          )}
        </div>
      )}
    </div>
  )
}

function FileLine({ path, bytes }: { readonly path: string; readonly bytes: number }) {
  const isTicked = useLookup((state) => state.files.includes(path))
  const name = foreignText(path, 200)
  return (
    <li>
      <Check checked={isTicked} onChange={() => toggleFile(path)}>
        <span className="cut mono small" title={name}>
          {name}
        </span>
      </Check>
      <span className="num small dim" title={formatBytes(bytes)}>
        {formatSize(bytes)}
      </span>
    </li>
  )
}
