import { AlertDialog } from '@base-ui/react/alert-dialog'
import { type ReactNode } from 'react'
import { Button } from './button'

interface ConfirmDialogProps {
  readonly open: boolean
  /** Names the thing: "Restore the backup of 3 Nov?" */
  readonly title: string
  readonly children?: ReactNode
  /** Says the effect: "Restore backup". */
  readonly confirm: string
  readonly cancel?: string
  readonly danger?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before something that cannot simply be taken back, or when two changes meet. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <AlertDialog.Root open={props.open} onOpenChange={(open) => !open && props.onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title>{props.title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />}>{props.children}</AlertDialog.Description>
          <div className="row dialog-acts">
            <AlertDialog.Close render={<Button>{props.cancel ?? 'Cancel'}</Button>} />
            <Button variant={props.danger ? 'danger' : 'primary'} onClick={props.onConfirm}>
              {props.confirm}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
