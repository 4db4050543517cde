import { Button } from '../../components/button'
import { EmptyState, Loading } from '../../components/empty-state'
import { Note } from '../../components/note'
import { Panel } from '../../components/panel'
import { foreignText } from '../../format/foreign-text'
import { lookUp, useDownloads } from '../../stores/downloads'
import './downloads.css'
import { useState } from 'react'
import { FinishedPanel } from './parts/finished-panel'
import { LookupPanel } from './parts/lookup-panel'
import { QueuePanel } from './parts/queue-panel'
import { TokenDialog } from './parts/token-dialog'
import { errorText } from './view-model'

/** Look before you download, the queue, and what has arrived. */
export function DownloadsPage() {
  const [askingToken, setAskingToken] = useState(false)
  const ask = () => setAskingToken(true)
  return (
    <>
      <SearchBar onToken={ask} />
      <div className="page scroll">
        <Found onToken={ask} />
        <QueuePanel onToken={ask} />
        <FinishedPanel />
      </div>
      <TokenDialog open={askingToken} onClose={() => setAskingToken(false)} />
    </>
  )
}

function SearchBar({ onToken }: { readonly onToken: () => void }) {
  const text = useDownloads((state) => state.text)
  const endpoint = useDownloads((state) => state.endpoint)
  const busy = useDownloads((state) => state.found.phase === 'loading')
  return (
    <form
      className="toolbar"
      onSubmit={(event) => {
        event.preventDefault()
        void lookUp()
      }}
    >
      <h1>Downloads</h1>
      <input
        className="input grow"
        aria-label="Repository or address"
        placeholder="owner/repository, or the address of a model page"
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => useDownloads.setState({ text: event.target.value })}
      />
      <input
        className="input endpoint"
        aria-label="Another hub"
        placeholder="huggingface.co"
        title="Address of a mirror; empty for the usual hub. A stored token goes to the usual hub only."
        value={endpoint}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => useDownloads.setState({ endpoint: event.target.value })}
      />
      <Button type="submit" disabled={busy || text.trim() === ''}>
        Look up
      </Button>
      <Button icon="lock" onClick={onToken}>
        Token
      </Button>
    </form>
  )
}

function Found({ onToken }: { readonly onToken: () => void }) {
  const found = useDownloads((state) => state.found)
  switch (found.phase) {
    case 'idle':
      return <Beginning />
    case 'loading':
      return (
        <Panel title={foreignText(found.text, 120)} note="asking the hub">
          <Loading label="Asking the hub" />
        </Panel>
      )
    case 'failed': {
      const needsToken = found.error.code === 'GATED' || found.error.code === 'UNAUTHORIZED'
      return (
        <Panel title={foreignText(found.text, 120)}>
          <Note
            kind="bad"
            role="alert"
            actions={
              <>
                {needsToken && (
                  <Button size="small" onClick={onToken}>
                    Add token
                  </Button>
                )}
                <Button size="small" icon="refresh" onClick={() => void lookUp()}>
                  Try again
                </Button>
              </>
            }
          >
            {errorText(found.error)}
          </Note>
        </Panel>
      )
    }
    case 'ready':
      return <LookupPanel lookup={found.lookup} />
  }
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
