import { Dialog } from '@base-ui/react/dialog'
import { useState } from 'react'
import { Button } from '../../../components/button'
import { Check } from '../../../components/fields'
import { saveToken, useDownloads } from '../../../stores/downloads'
import { lookUp, useLookup } from '../../../stores/downloads-lookup'
import { needsToken } from '../error-view'

interface TokenDialogProps {
  readonly open: boolean
  readonly onClose: () => void
}

/** Takes the hub's token. It goes to the system's secret store and never comes back to this page. */
export function TokenDialog({ open, onClose }: TokenDialogProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>Token for the hub</Dialog.Title>
          <TokenForm onClose={onClose} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function TokenForm({ onClose }: Pick<TokenDialogProps, 'onClose'>) {
  const status = useDownloads((state) => state.queue?.token)
  const [token, setToken] = useState('')
  const [allowPlain, setAllowPlain] = useState(false)
  const isPlain = status?.store === 'plain'
  async function save(next: string | null) {
    if (!(await saveToken(next, allowPlain))) return
    onClose()
    const { found } = useLookup.getState()
    if (next !== null && found.phase === 'failed' && needsToken(found.error.code)) void lookUp()
  }
  return (
    <form
      className="token-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save(token.trim())
      }}
    >
      <p className="small">
        Gated and private models need a token of an account that may read them. It is sent to the hub only, never to a
        mirror or another host.
      </p>
      <input
        className="input"
        type="password"
        aria-label="Token"
        autoComplete="off"
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      {status?.store === 'none' && (
        <p className="small">This system has no secret store. Set HF_TOKEN in the environment instead.</p>
      )}
      {isPlain && (
        <Check checked={allowPlain} onChange={setAllowPlain}>
          <span className="small">This system has no key ring: store the token readable on the disk</span>
        </Check>
      )}
      <div className="row dialog-acts">
        {status?.stored === true && (
          <Button variant="danger" onClick={() => void save(null)}>
            Forget the stored token
          </Button>
        )}
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          disabled={token.trim() === '' || status?.store === 'none' || (isPlain && !allowPlain)}
        >
          Store token
        </Button>
      </div>
    </form>
  )
}
