import { Fragment } from 'react'
import { type DownloadItem } from '#shared/ipc/downloads'
import { Button, IconButton } from '../../../components/button'
import { Icon } from '../../../components/icon'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { foreignText } from '../../../format/foreign-text'
import { actOn, actOnAll, useDownloads } from '../../../stores/downloads'
import { detailOf, errorText, percentOf, queueSummary, rateOf, type StageView, stagesOf } from '../view-model'

/** What is being downloaded, in order. */
export function QueuePanel({ onToken }: { readonly onToken: () => void }) {
  const queue = useDownloads((state) => state.queue)
  const problem = useDownloads((state) => state.problem)
  if (problem !== undefined) {
    return (
      <Panel title="Queue">
        <Note kind="bad">{errorText(problem)}</Note>
      </Panel>
    )
  }
  if (queue === undefined || queue.items.length === 0) return null
  const isMoving = queue.items.some(({ state }) => state === 'running' || state === 'waiting')
  const hasPaused = queue.items.some(({ state }) => state === 'paused')
  return (
    <Panel
      title="Queue"
      note={queueSummary(queue)}
      padded={false}
      actions={
        <>
          {hasPaused && (
            <Button size="small" icon="play" onClick={() => void actOnAll('resume')}>
              Resume all
            </Button>
          )}
          {isMoving && (
            <Button size="small" icon="pause" onClick={() => void actOnAll('pause')}>
              Pause all
            </Button>
          )}
        </>
      }
    >
      <ul className="queue" aria-label="Downloads in the queue">
        {queue.items.map((item, index) => (
          <QueueRow
            key={item.id}
            item={item}
            isFirst={index === 0}
            isLast={index === queue.items.length - 1}
            onToken={onToken}
          />
        ))}
      </ul>
    </Panel>
  )
}

interface RowProps {
  readonly item: DownloadItem
  readonly isFirst: boolean
  readonly isLast: boolean
  readonly onToken: () => void
}

function QueueRow({ item, isFirst, isLast, onToken }: RowProps) {
  const title = foreignText(item.title, 120)
  const tone = item.state === 'failed' ? 'bad' : item.state === 'running' ? undefined : 'paused'
  return (
    <li>
      <div>
        <div className="strong cut">{title}</div>
        <div className="small dim">{detailOf(item)}</div>
      </div>
      <div>
        <Stages stages={stagesOf(item)} />
        <progress max={100} value={percentOf(item)} className={tone} aria-label={title} />
      </div>
      <div className="small rate num">
        {rateOf(item).map((line) => (
          <div key={line}>{line}</div>
        ))}
      </div>
      <div className="row">
        <RowButtons item={item} title={title} isFirst={isFirst} isLast={isLast} onToken={onToken} />
      </div>
    </li>
  )
}

function RowButtons({ item, title, isFirst, isLast, onToken }: RowProps & { readonly title: string }) {
  const { id, state, error } = item
  const needsToken = error?.code === 'GATED' || error?.code === 'UNAUTHORIZED'
  return (
    <>
      {needsToken && (
        <Button size="small" onClick={onToken}>
          Add token
        </Button>
      )}
      {!isFirst && <IconButton icon="up" label={`Move ${title} up`} small onClick={() => void actOn(id, 'up')} />}
      {!isLast && <IconButton icon="down" label={`Move ${title} down`} small onClick={() => void actOn(id, 'down')} />}
      {state === 'failed' && (
        <IconButton icon="refresh" label={`Retry ${title}`} onClick={() => void actOn(id, 'resume')} />
      )}
      {state === 'paused' && (
        <IconButton icon="play" label={`Resume ${title}`} onClick={() => void actOn(id, 'resume')} />
      )}
      {(state === 'running' || state === 'waiting') && (
        <IconButton icon="pause" label={`Pause ${title}`} onClick={() => void actOn(id, 'pause')} />
      )}
      <IconButton icon="x" label={`Cancel ${title}`} onClick={() => void actOn(id, 'cancel')} />
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
