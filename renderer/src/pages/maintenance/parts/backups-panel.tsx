import { useState } from 'react'
import { type Output } from '#shared/ipc/contract'
import { call } from '../../../api/call'
import { Button } from '../../../components/button'
import { ConfirmDialog } from '../../../components/confirm-dialog'
import { Panel } from '../../../components/panel'
import { formatTime } from '../../../format/dates'
import { formatSize, plural } from '../../../format/numbers'
import { showRegistry } from '../../../stores/registry'
import { showError, showToast } from '../../../stores/toasts'
import { useReload } from './use-reload'

type Backup = Output<'registry:backups'>[number]

/** Copies made before writes; a restore backs up what is there now, so it can be taken back too. */
export function BackupsPanel() {
  const { value: backups = [], reload } = useReload(() => call('registry:backups', {}))
  const [asked, setAsked] = useState<Backup>()
  async function restore(backup: Backup) {
    setAsked(undefined)
    const reply = await call('registry:restore', { name: backup.name })
    if (!reply.ok) return void showError(reply.error)
    showRegistry(reply.value)
    showToast({ kind: 'ok', text: `Restored ${backup.file} as of ${formatTime(backup.at)}.` })
    await reload()
  }
  const total = backups.reduce((sum, backup) => sum + backup.bytes, 0)
  return (
    <Panel
      title="Backups"
      note={backups.length > 0 ? `${plural(backups.length, 'copy', 'copies')}, ${formatSize(total)}` : undefined}
      padded={false}
    >
      {backups.length === 0 ? (
        <p className="body small dim">No backup yet: the first one is made before the first write.</p>
      ) : (
        <table className="plain" aria-label="Backups">
          <thead>
            <tr>
              <th>Made</th>
              <th>File</th>
              <th className="num">Size</th>
              <th>
                <span className="sr">Restore</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {backups.slice(0, 10).map((backup) => (
              <tr key={backup.name}>
                <td className="nowrap">{formatTime(backup.at)}</td>
                <td className="two cut" title={backup.name}>
                  {backup.file}
                </td>
                <td className="num">{formatSize(backup.bytes)}</td>
                <td className="num">
                  <Button
                    size="tiny"
                    variant="quiet"
                    aria-label={`Restore ${backup.name}`}
                    onClick={() => setAsked(backup)}
                  >
                    Restore
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <ConfirmDialog
        open={asked !== undefined}
        title={asked === undefined ? '' : `Restore ${asked.file} as of ${formatTime(asked.at)}?`}
        confirm="Restore backup"
        onConfirm={() => asked && void restore(asked)}
        onClose={() => setAsked(undefined)}
      >
        The file as it is now is backed up first, and the restore can be taken back under Changes.
      </ConfirmDialog>
    </Panel>
  )
}
