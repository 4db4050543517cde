import { Fragment } from 'react'
import { type DownloadItem } from '#shared/ipc/downloads'
import { Button, IconButton } from '../../../components/button'
import { Icon } from '../../../components/icon'
import { foreignText } from '../../../format/foreign-text'
import { formatBytes } from '../../../format/numbers'
import { actOn } from '../../../stores/downloads'
import { needsToken } from '../error-view'
import { detailOf, needsHelp, percentOf, rateOf, type StageView, stagesOf } from '../queue-view'
import { handleId, type Reorder } from '../use-reorder'

interface RowProps {
  readonly item: DownloadItem
  readonly nowMs: number
  /** Absent when there is nothing to reorder. */
  readonly reorder: Reorder | undefined
  readonly onToken: () => void
  readonly onCancel: () => void
}

/** One download: what, how far, how fast, and what can be done about it. */
export function QueueRow(props: RowProps) {
  const { item, nowMs, reorder } = props
  const title = foreignText(item.title, 120)
  const isStuck = needsHelp(item)
  const tone = isStuck ? 'bad' : item.state === 'running' ? undefined : 'paused'
  const isTarget = reorder?.over === item.id && reorder.dragged !== item.id
  return (
    <li
      className={isTarget ? 'drop-target' : undefined}
      onDragOver={(event) => reorder?.onDragOver(event, item.id)}
      onDrop={(event) => reorder?.onDrop(event, item.id)}
    >
      <div className="job">
        {reorder !== undefined && <Handle id={item.id} title={title} reorder={reorder} />}
        <div>
          <div
            className="strong cut"
            title={item.folder_label === undefined ? title : `${title}, to ${item.folder_label}`}
          >
            {title}
          </div>
          <div className={isStuck ? 'small bad-text' : 'small dim'}>{detailOf(item)}</div>
        </div>
      </div>
      <div>
        <Stages stages={stagesOf(item)} />
        <progress
          max={100}
          value={percentOf(item)}
          className={tone}
          aria-label={title}
          title={`${formatBytes(item.done_bytes)} of ${formatBytes(item.total_bytes)}`}
        />
      </div>
      <div className="small rate num">
        {rateOf(item, nowMs).map((line) => (
          <div key={line}>{line}</div>
        ))}
      </div>
      <div className="row">
        <RowButtons {...props} title={title} />
      </div>
    </li>
  )
}

function Handle({ id, title, reorder }: { readonly id: string; readonly title: string; readonly reorder: Reorder }) {
  return (
    <button
      type="button"
      id={handleId(id)}
      className="btn icon grip"
      draggable
      aria-label={`Reorder ${title}`}
      aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
      title="Drag to another place, or press Alt+Up or Alt+Down"
      onKeyDown={(event) => reorder.onKeyDown(event, id)}
      onDragStart={(event) => reorder.onDragStart(event, id)}
      onDragEnd={reorder.onDragEnd}
    >
      <Icon name="grip" />
    </button>
  )
}

function RowButtons({ item, title, onToken, onCancel }: RowProps & { readonly title: string }) {
  const { id, state, error } = item
  const isRetrying = item.retry_at !== undefined
  return (
    <>
      {needsToken(error?.code) && (
        <Button size="small" onClick={onToken}>
          Add token
        </Button>
      )}
      {error?.code === 'HASH_MISMATCH' && (
        <Button size="small" aria-label={`Retry file of ${title}`} onClick={() => void actOn(id, 'resume')}>
          Retry file
        </Button>
      )}
      {(state === 'failed' || isRetrying) && error?.code !== 'HASH_MISMATCH' && (
        <IconButton
          icon="refresh"
          label={isRetrying ? `Retry ${title} now` : `Retry ${title}`}
          onClick={() => void actOn(id, 'resume')}
        />
      )}
      {state === 'paused' && (
        <IconButton icon="play" label={`Resume ${title}`} onClick={() => void actOn(id, 'resume')} />
      )}
      {(state === 'running' || state === 'waiting') && (
        <IconButton icon="pause" label={`Pause ${title}`} onClick={() => void actOn(id, 'pause')} />
      )}
      <IconButton icon="x" label={`Cancel ${title}`} onClick={onCancel} />
    </>
  )
}

function Stages({ stages }: { readonly stages: readonly StageView[] }) {
  return (
    <div className="stages">
      {stages.map(({ word, tone }, index) => (
        <Fragment key={word}>
          {index > 0 && (
            <span className="sep" aria-hidden="true">
              ›
            </span>
          )}
          <span className={tone === 'later' ? undefined : tone} aria-current={tone === 'now' ? 'step' : undefined}>
            {tone === 'done' && <Icon name="check" small />}
            {tone === 'bad' && <Icon name="warn" small />}
            {word}
          </span>
        </Fragment>
      ))}
    </div>
  )
}
