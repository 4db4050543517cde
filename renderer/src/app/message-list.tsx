import { Dialog } from '@base-ui/react/dialog'
import { Button } from '../components/button'
import { Icon, type IconName } from '../components/icon'
import { foreignText } from '../format/foreign-text'
import { setOverlay, useShell } from '../stores/shell'
import { type PastToast, useToasts } from '../stores/toasts'

const LOOK: Readonly<Record<PastToast['kind'], { readonly icon: IconName; readonly className: string }>> = {
  ok: { icon: 'okay', className: 'ok' },
  info: { icon: 'info', className: 'info' },
  error: { icon: 'no', className: 'bad' },
}

/** Every message of this session, newest first, for what went by too fast. */
export function MessageList() {
  const open = useShell((state) => state.overlay === 'messages')
  const past = useToasts((state) => state.past)
  return (
    <Dialog.Root open={open} onOpenChange={(next) => setOverlay(next ? 'messages' : 'none')}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>Past messages</Dialog.Title>
          {past.length === 0 && <p className="small dim">None since the window was opened.</p>}
          {past.length > 0 && (
            <ul className="past-messages">
              {past.map(({ id, kind, text, at }) => (
                <li key={id}>
                  <span className={LOOK[kind].className}>
                    <Icon name={LOOK[kind].icon} />
                  </span>
                  <span>{foreignText(text, 1000)}</span>
                  <time className="micro dim num" dateTime={new Date(at).toISOString()}>
                    {CLOCK.format(at)}
                  </time>
                </li>
              ))}
            </ul>
          )}
          <div className="row dialog-acts">
            <Dialog.Close render={<Button>Close</Button>} />
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
