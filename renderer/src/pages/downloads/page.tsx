import { CommandLine } from '../../components/command-line'
import { EmptyState } from '../../components/empty-state'
import { Panel } from '../../components/panel'

/** What is coming, and what to do until then. */
export function DownloadsPage() {
  return (
    <>
      <div className="toolbar">
        <h1>Downloads</h1>
      </div>
      <div className="page scroll">
        <Panel title="Not in this version yet">
          <EmptyState icon="download" title="Headroom does not download models yet">
            A later version fetches a model from a hub, verifies it, reads its architecture and registers it, with a fit
            badge before the download. Until then download with the tool you use today and register the folder:
          </EmptyState>
          <div className="mt">
            <CommandLine command="headroom scan ~/models" />
          </div>
        </Panel>
      </div>
    </>
  )
}
