import { type FinishedDownload } from '#shared/ipc/downloads'
import { Button } from '../../../components/button'
import { Panel } from '../../../components/panel'
import { StatusWord } from '../../../components/status-word'
import { formatTime } from '../../../format/dates'
import { foreignText } from '../../../format/foreign-text'
import { formatSize, plural } from '../../../format/numbers'
import { actOnAll, useDownloads } from '../../../stores/downloads'
import { chooseModel } from '../../../stores/estimator'
import { goTo } from '../../../stores/navigation'
import { useRegistry } from '../../../stores/registry'
import { verifiedText } from '../view-model'

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
        <Button size="small" onClick={() => void actOnAll('clear')}>
          Clear list
        </Button>
      }
    >
      <table className="plain" aria-label="Finished downloads">
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
  const layers = model?.architecture?.num_layers
  const [warning] = one.warnings
  return (
    <tr>
      <td className="strong">{foreignText(one.name, 80)}</td>
      <td className="num">{formatSize(one.bytes)}</td>
      <td>
        <StatusWord tone={one.verified ? 'ok' : 'warn'}>{verifiedText(one)}</StatusWord>
      </td>
      <td title={warning === undefined ? undefined : foreignText(warning)}>
        {layers === undefined ? 'Architecture unknown' : `Architecture read, ${plural(layers, 'layer')}`}
      </td>
      <td>
        {model !== undefined && (
          <Button
            size="tiny"
            onClick={() => {
              chooseModel(model.id)
              goTo('estimator')
            }}
          >
            Estimate
          </Button>
        )}
      </td>
      <td className="dim num">{formatTime(one.at)}</td>
    </tr>
  )
}
