import { Fragment, useMemo, useState } from 'react'
import { type ModelView } from '#shared/domain/model-view'
import { type FinishedDownload } from '#shared/ipc/downloads'
import { Button } from '../../../components/button'
import { FitBadge } from '../../../components/fit-badge'
import { Panel } from '../../../components/panel'
import { StatusWord } from '../../../components/status-word'
import { formatTime } from '../../../format/dates'
import { foreignText } from '../../../format/foreign-text'
import { formatBytes, formatSize } from '../../../format/numbers'
import { useChosenProfile } from '../../../stores/chosen-profile'
import { actOnAll, useDownloads } from '../../../stores/downloads'
import { chooseModel } from '../../../stores/estimator'
import { goTo, showModel } from '../../../stores/navigation'
import { useRegistry } from '../../../stores/registry'
import { architectureWords, verifiedWords } from '../finished-view'
import { fitOfModel } from '../fit-of-header'
import { useCard } from '../use-card'
import { FlagsProposal } from './flags-proposal'

const NONE: readonly FinishedDownload[] = []

/** What has arrived, newest first. */
export function FinishedPanel() {
  const finished = useDownloads((state) => state.queue?.finished ?? NONE)
  if (finished.length === 0) return null
  return (
    <Panel
      title="Finished"
      padded={false}
      actions={
        <Button size="small" onClick={() => void actOnAll('clear')} title="The models and their files stay">
          Clear list
        </Button>
      }
    >
      <table className="plain finished" aria-label="Finished downloads">
        <thead className="sr">
          <tr>
            <th>Model</th>
            <th>Size</th>
            <th>Verification</th>
            <th>Architecture</th>
            <th>Fit</th>
            <th>Open</th>
            <th>When</th>
          </tr>
        </thead>
        <tbody>
          {finished.map((one) => (
            <FinishedRow key={one.id} one={one} />
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function FinishedRow({ one }: { readonly one: FinishedDownload }) {
  const model = useRegistry((state) => state.view?.models.find(({ id }) => id === one.name))
  const isFresh = useDownloads((state) => state.fresh.includes(one.id))
  // Closed or opened by hand; else open for what has just arrived.
  const [wish, setWish] = useState<boolean>()
  const gpu = useCard()
  const verified = verifiedWords(one)
  const hasProposal = model !== undefined && (wish ?? isFresh)
  return (
    <Fragment>
      <tr className={hasProposal ? 'open' : undefined}>
        <td className="strong cut name" title={foreignText(one.repository, 200)}>
          {foreignText(one.name, 80)}
        </td>
        <td className="num" title={formatBytes(one.bytes)}>
          {formatSize(one.bytes)}
        </td>
        <td>
          <StatusWord tone={verified.tone}>{verified.text}</StatusWord>
        </td>
        <td className="read">
          {architectureWords(one, model)}
          <Warnings texts={one.warnings} />
        </td>
        <td>{model !== undefined && <ModelFit model={model} />}</td>
        <td>
          {model !== undefined && <Ways model={model} onPropose={() => setWish(!hasProposal)} isOpen={hasProposal} />}
        </td>
        <td className="dim num nowrap">{formatTime(one.at)}</td>
      </tr>
      {hasProposal && (
        <tr className="more">
          <td colSpan={7}>
            <FlagsProposal model={model} gpu={gpu?.name} onClose={() => setWish(false)} />
          </td>
        </tr>
      )}
    </Fragment>
  )
}

/** What a person should know about it: the first in words, all of them in the tooltip. */
function Warnings({ texts }: { readonly texts: readonly string[] }) {
  const [first] = texts
  if (first === undefined) return null
  const more = texts.length > 1 ? ` (and ${texts.length - 1} more)` : ''
  return (
    <div className="small dim cut" title={texts.map((text) => foreignText(text)).join('\n')}>
      {foreignText(first, 200)}
      {more}
    </div>
  )
}

const NO_MODELS: readonly ModelView[] = []

function ModelFit({ model }: { readonly model: ModelView }) {
  const gpu = useCard()
  const profile = useChosenProfile()
  const others = useRegistry((state) => state.view?.models ?? NO_MODELS)
  // The queue is drawn anew several times a second; the answer is worked out only when it can be another.
  const { verdict, binding } = useMemo(() => fitOfModel(model, { gpu, profile, others }), [model, gpu, profile, others])
  return <FitBadge verdict={verdict} title={foreignText(binding)} />
}

interface WaysProps {
  readonly model: ModelView
  readonly isOpen: boolean
  readonly onPropose: () => void
}

function Ways({ model, isOpen, onPropose }: WaysProps) {
  const name = foreignText(model.name, 80)
  return (
    <span className="row">
      <Button
        size="tiny"
        aria-label={`Open in estimator: ${name}`}
        onClick={() => {
          chooseModel(model.id)
          goTo('estimator')
        }}
      >
        Open in estimator
      </Button>
      <Button size="tiny" aria-label={`Show in Models: ${name}`} onClick={() => showModel(model.id)}>
        Show in Models
      </Button>
      <Button size="tiny" aria-label={`Launch flags for ${name}`} aria-expanded={isOpen} onClick={onPropose}>
        Launch flags
      </Button>
    </span>
  )
}
