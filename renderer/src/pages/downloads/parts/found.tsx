import { useEffect } from 'react'
import { type HeadroomError } from '#shared/domain/result'
import { Button } from '../../../components/button'
import { EmptyState, Loading } from '../../../components/empty-state'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { foreignText } from '../../../format/foreign-text'
import { useDownloads } from '../../../stores/downloads'
import { lookUp, stopLooking, useLookup } from '../../../stores/downloads-lookup'
import { type ErrorAction, errorView } from '../error-view'
import { useOnline } from '../use-online'
import { LookupPanel } from './lookup-panel'

/** What the hub said to the last question, or what to do when none was asked. */
export function Found({ onToken }: { readonly onToken: () => void }) {
  const found = useLookup((state) => state.found)
  switch (found.phase) {
    case 'idle':
      return <Beginning />
    case 'loading':
      return (
        <Panel
          title={foreignText(found.text, 120)}
          note="asking the hub for its files"
          actions={
            <Button size="small" icon="x" onClick={() => void stopLooking()}>
              Stop
            </Button>
          }
        >
          <Loading label="Asking the hub" />
        </Panel>
      )
    case 'failed':
      return <Failed text={found.text} error={found.error} onToken={onToken} />
    case 'ready':
      return <LookupPanel lookup={found.lookup} />
  }
}

interface FailedProps {
  readonly text: string
  readonly error: HeadroomError
  readonly onToken: () => void
}

function Failed({ text, error, onToken }: FailedProps) {
  const isOnline = useOnline()
  const view = errorView(error, isOnline)
  const isLost = error.code === 'NETWORK'
  useEffect(() => {
    if (!isLost) return
    const again = () => void lookUp()
    window.addEventListener('online', again)
    return () => window.removeEventListener('online', again)
  }, [isLost])
  return (
    <Panel title={foreignText(text, 120)}>
      <Note
        kind={isLost || error.code === 'TIMEOUT' || error.code === 'RATE_LIMITED' ? 'warn' : 'bad'}
        role="alert"
        actions={view.actions.map((action) => <ErrorButton key={action} action={action} onToken={onToken} />)}
      >
        <span className="strong">{view.title}.</span> {foreignText(view.text)}
      </Note>
    </Panel>
  )
}

function ErrorButton({ action, onToken }: { readonly action: ErrorAction; readonly onToken: () => void }) {
  if (action === 'token') {
    return (
      <Button size="small" icon="lock" onClick={onToken}>
        Add token
      </Button>
    )
  }
  return (
    <Button size="small" icon="refresh" onClick={() => void lookUp()}>
      Try again
    </Button>
  )
}

function Beginning() {
  const isEmpty = useDownloads((state) => (state.queue?.items.length ?? 0) + (state.queue?.finished.length ?? 0) === 0)
  if (!isEmpty) return null
  return (
    <Panel title="Look before you download">
      <EmptyState icon="download" title="See what fits first">
        Paste a repository above. Headroom reads the headers of its files on the hub, says which of them fits your card,
        and downloads only what you choose. Every file is verified before it gets its name.
      </EmptyState>
    </Panel>
  )
}
