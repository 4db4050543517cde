import './downloads.css'
import { useEffect, useState } from 'react'
import { leaveLookup, resumeLookup } from '../../stores/downloads-lookup'
import { AlreadyHerePanel } from './parts/already-here-panel'
import { FinishedPanel } from './parts/finished-panel'
import { Found } from './parts/found'
import { LeftoversPanel } from './parts/leftovers-panel'
import { LimitsPanel } from './parts/limits-panel'
import { QueuePanel } from './parts/queue-panel'
import { SearchBar } from './parts/search-bar'
import { TokenDialog } from './parts/token-dialog'

/** Look before you download, the queue, what has arrived, what is here already. */
export function DownloadsPage() {
  const [askingToken, setAskingToken] = useState(false)
  useEffect(() => {
    resumeLookup()
    return leaveLookup
  }, [])
  const ask = () => setAskingToken(true)
  return (
    <>
      <SearchBar onToken={ask} />
      <div className="page scroll">
        <Found onToken={ask} />
        <QueuePanel onToken={ask} />
        <FinishedPanel />
        <AlreadyHerePanel />
        <div className="page-columns">
          <LimitsPanel />
          <LeftoversPanel />
        </div>
      </div>
      <TokenDialog open={askingToken} onClose={() => setAskingToken(false)} />
    </>
  )
}
