import { useEffect, useState } from 'react'
import { type Leftover } from '#shared/ipc/downloads'
import { Button, IconButton } from '../../../components/button'
import { ConfirmDialog } from '../../../components/confirm-dialog'
import { Loading } from '../../../components/empty-state'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { formatTime } from '../../../format/dates'
import { foreignText } from '../../../format/foreign-text'
import { formatBytes, formatSize, plural } from '../../../format/numbers'
import { useDownloads } from '../../../stores/downloads'
import { cleanLeftovers, loadLeftovers, useLeftovers } from '../../../stores/downloads-leftovers'
import { errorText } from '../error-view'

/** Files of downloads that were given up, or whose content was wrong. None of them is ever a model. */
export function LeftoversPanel() {
  const items = useLeftovers((state) => state.items)
  const error = useLeftovers((state) => state.error)
  const [isAsking, setAsking] = useState(false)
  const queue = useDownloads((state) => (state.queue?.items ?? []).map(({ id, state: now }) => `${id} ${now}`).join())
  // What is in the queue is no leftover, so the list follows the queue.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the queue is the reason, not an input
  useEffect(() => void loadLeftovers(), [queue])
  const free = items?.filter((item) => item.needed_by === undefined) ?? []
  const bytes = free.reduce((sum, item) => sum + item.bytes, 0)
  return (
    <Panel
      title="Leftovers"
      note={
        free.length === 0 ? undefined : `${plural(free.length, 'file')}, ${formatSize(bytes)}; never counted as models`
      }
      padded={items === undefined || items.length === 0}
      actions={
        free.length > 0 && (
          <Button size="small" variant="danger" onClick={() => setAsking(true)}>
            {`Delete all, ${formatSize(bytes)}`}
          </Button>
        )
      }
    >
      {error !== undefined && <Note kind="bad">{errorText(error)}</Note>}
      <List items={items} />
      <ConfirmDialog
        open={isAsking}
        title={`Delete ${plural(free.length, 'leftover')}?`}
        confirm={`Delete ${formatSize(bytes)}`}
        danger
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false)
          void cleanLeftovers(free.map(({ id }) => id))
        }}
      >
        <p>A download of the same file then begins anew. What the queue needs stays.</p>
      </ConfirmDialog>
    </Panel>
  )
}

function List({ items }: { readonly items: readonly Leftover[] | undefined }) {
  if (items === undefined) return <Loading label="Looking for leftovers" lines={2} />
  if (items.length === 0) {
    return (
      <p className="small dim">None. Parts of downloads that were given up and files with wrong content show here.</p>
    )
  }
  return (
    <ul className="leftovers" aria-label="Leftovers">
      {items.map((item) => (
        <Line key={item.id} item={item} />
      ))}
    </ul>
  )
}

function Line({ item }: { readonly item: Leftover }) {
  const busy = useLeftovers((state) => state.busy)
  const name = foreignText(item.name, 120)
  const size =
    item.total_bytes === undefined || item.kind === 'refused'
      ? formatSize(item.bytes)
      : `${formatSize(item.bytes)} of ${formatSize(item.total_bytes)}`
  return (
    <li>
      <div>
        <div className="cut strong" title={`${foreignText(item.folder_label, 300)}/${name}`}>
          {name}
        </div>
        <div className="small dim cut">
          {item.kind === 'part' ? 'unfinished part' : 'wrong content, kept aside'} · {formatTime(item.changed_at)} ·{' '}
          {foreignText(item.folder_label, 200)}
        </div>
      </div>
      <span className="num small" title={formatBytes(item.bytes)}>
        {size}
      </span>
      {item.needed_by !== undefined ? (
        <span className="small dim">{item.needed_by === 'queue' ? 'in the queue' : 'being written'}</span>
      ) : (
        <IconButton icon="x" label={`Delete ${name}`} disabled={busy} onClick={() => void cleanLeftovers([item.id])} />
      )}
    </li>
  )
}
