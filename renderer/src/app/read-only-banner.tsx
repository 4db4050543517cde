import { useState } from 'react'
import { call } from '../api/call'
import { Button } from '../components/button'
import { ConfirmDialog } from '../components/confirm-dialog'
import { Note } from '../components/note'
import { formatTime } from '../format/dates'
import { foreignText } from '../format/foreign-text'
import { goTo, useNavigation } from '../stores/navigation'
import { showRegistry, useRegistry } from '../stores/registry'
import { showError, showToast } from '../stores/toasts'
import { undoChange } from '../stores/undo'

/** Over every page while a backup stands in for a registry that cannot be read: what is shown, and the ways out. */
export function ReadOnlyBanner() {
  const status = useRegistry((state) => state.view?.status)
  const page = useNavigation((state) => state.page)
  const [isAsking, setAsking] = useState(false)
  const name = status?.newest_backup
  if (status?.shown_since === undefined || name === undefined) return null
  async function restore(backup: string) {
    setAsking(false)
    const reply = await call('registry:restore', { name: backup })
    if (!reply.ok) return void showError(reply.error)
    showRegistry(reply.value)
    showToast({
      kind: 'ok',
      text: `Restored ${backup}. The registry can be changed again.`,
      action: { label: 'Undo', run: () => void undoChange() },
    })
  }
  return (
    <section className="read-only" aria-label="Read-only registry">
      <Note
        kind="warn"
        role="status"
        actions={
          <>
            {page !== 'maintenance' && (
              <Button size="small" onClick={() => goTo('maintenance')}>
                Compare
              </Button>
            )}
            <Button size="small" onClick={() => setAsking(true)}>
              Restore
            </Button>
          </>
        }
      >
        <span className="strong">Read-only: a backup of {formatTime(status.shown_since)} is shown.</span>{' '}
        <span>{foreignText(status.problem ?? 'The registry cannot be read.', 300)}</span>{' '}
        <span className="two">Nothing can be changed until it is restored or the file is repaired.</span>
      </Note>
      <ConfirmDialog
        open={isAsking}
        title={`Restore the backup of ${formatTime(status.shown_since)}?`}
        confirm="Restore backup"
        onConfirm={() => void restore(name)}
        onClose={() => setAsking(false)}
      >
        <div className="stack">
          <p>{name} takes the place of the file that cannot be read.</p>
          <p>The broken file is kept as a backup of its own, and the restore can be taken back.</p>
        </div>
      </ConfirmDialog>
    </section>
  )
}
