import { useEffect, useState } from 'react'
import { type Output } from '#shared/ipc/contract'
import { call } from '../../../api/call'
import { Panel } from '../../../components/panel'
import { showError } from '../../../stores/toasts'

/** Versions and where the app keeps its own files. */
export function AboutPanel() {
  const [info, setInfo] = useState<Output<'app:info'>>()
  useEffect(() => {
    void call('app:info', {}).then((reply) => (reply.ok ? setInfo(reply.value) : showError(reply.error)))
  }, [])
  return (
    <Panel title="About">
      <dl className="kv-list left">
        <dt>Headroom</dt>
        <dd>{info?.version ?? '–'}</dd>
        <dt>Runtime</dt>
        <dd>{info === undefined ? '–' : `Electron ${info.electron} on ${info.platform}`}</dd>
        <dt>Data folder</dt>
        <dd className="mono">{info?.data_label ?? '–'}</dd>
      </dl>
    </Panel>
  )
}
