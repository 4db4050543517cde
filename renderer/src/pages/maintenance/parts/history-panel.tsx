import { useState } from 'react'
import { type Output } from '#shared/ipc/contract'
import { call } from '../../../api/call'
import { Button } from '../../../components/button'
import { Panel } from '../../../components/panel'
import { formatTime } from '../../../format/dates'
import { plural } from '../../../format/numbers'
import { showRegistry } from '../../../stores/registry'
import { showError, showToast } from '../../../stores/toasts'
import { useReload } from './use-reload'

type HistoryItem = Output<'registry:history'>[number]

/** What Headroom changed, newest first; the newest change can be taken back. */
export function HistoryPanel() {
  const { value: items = [], error, reload } = useReload(() => call('registry:history', {}))
  const [busy, setBusy] = useState(false)
  const newest = items.find((item) => !item.undone)
  async function undo(item: HistoryItem) {
    setBusy(true)
    const reply = await call('registry:undo', { expected: item.id })
    setBusy(false)
    if (!reply.ok) return void showError(reply.error)
    showRegistry(reply.value.view)
    showToast({ kind: 'ok', text: `Taken back: ${reply.value.restored.description}.` })
    await reload()
  }
  return (
    <Panel
      title="Changes"
      note={items.length > 0 ? plural(items.length, 'change') : undefined}
      padded={false}
      actions={
        <Button
          size="small"
          icon="undo"
          disabled={busy}
          blockedBy={newest === undefined ? 'Nothing to take back' : undefined}
          onClick={() => newest && void undo(newest)}
        >
          Undo last change
        </Button>
      }
    >
      {items.length === 0 ? (
        <p className="body small dim">{error?.message ?? 'Headroom has changed nothing in this registry yet.'}</p>
      ) : (
        <table className="plain" aria-label="Changes by Headroom">
          <tbody>
            {items.slice(0, 8).map((item) => (
              <tr key={item.id}>
                <td className="nowrap dim">{formatTime(item.at)}</td>
                <td className={item.undone ? 'was' : ''} title={item.files.join(', ')}>
                  {item.description}
                </td>
                <td className="num dim">{item.undone ? 'taken back' : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
