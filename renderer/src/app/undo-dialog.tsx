import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Button } from '../components/button'
import { foreignText } from '../format/foreign-text'
import { closeUndo, restoreBackupOf, undoChange, useUndo } from '../stores/undo'

/** An undo met a later change of the same file: three ways, none of which is taken without a press. */
export function UndoDialog() {
  const asked = useUndo((state) => state.asked)
  const busy = useUndo((state) => state.busy)
  return (
    <AlertDialog.Root open={asked !== undefined} onOpenChange={(open) => !open && closeUndo()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title>Something else changed since</AlertDialog.Title>
          <AlertDialog.Description render={<div className="stack" />}>
            <p>{foreignText(asked?.error.message ?? '', 1000)} Nothing was written.</p>
          </AlertDialog.Description>
          <div className="stack">
            <Button
              variant="primary"
              disabled={busy}
              onClick={() => asked && void undoChange({ expected: asked.item.id, choice: 'keep_others' })}
            >
              Take back only this change, keep the later ones
            </Button>
            {asked?.item.backup !== undefined && (
              <Button variant="danger" disabled={busy} onClick={() => void restoreBackupOf(asked.item)}>
                Restore the backup made before it, drop the later ones
              </Button>
            )}
            <AlertDialog.Close render={<Button>Leave everything as it is</Button>} />
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
