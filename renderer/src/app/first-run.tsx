import { Button } from '../components/button'
import { EmptyState } from '../components/empty-state'
import { Panel } from '../components/panel'
import { useRegistry } from '../stores/registry'
import { chooseRegistry, openSampleLibrary, scanFolder } from './actions'

/** What a page shows while no registry is configured: four ways to begin, all without a GPU and a network. */
export function FirstRun() {
  return (
    <div className="page first-run scroll">
      <EmptyState
        place="page"
        icon="layers"
        title="No models yet"
        actions={
          <>
            <Button variant="primary" icon="database" onClick={() => void openSampleLibrary()}>
              Use the sample library
            </Button>
            <Button icon="folder" onClick={() => void chooseRegistry('directory')}>
              Open a registry folder
            </Button>
            <Button icon="file" onClick={() => void chooseRegistry('file')}>
              Open a registry file
            </Button>
            <Button icon="search" onClick={() => void scanFolder()}>
              Scan a folder for models
            </Button>
          </>
        }
      >
        The sample library holds well-known models with real figures, so you can try everything at once: no GPU, no
        network and no model needed. Or drop a .gguf file, a config.json or a model folder anywhere in this window.
      </EmptyState>
    </div>
  )
}

/** The registry is configured but cannot be read. */
export function UnreadableRegistry() {
  const view = useRegistry((state) => state.view)
  const error = useRegistry((state) => state.error)
  const problem = view?.status.problem ?? error?.message ?? 'The registry cannot be read.'
  const hint = view?.status.hint ?? error?.hint
  return (
    <div className="page first-run scroll">
      <h1 className="sr">Registry</h1>
      <Panel title="Registry">
        <EmptyState
          icon="warn"
          title="Couldn’t read the registry"
          actions={
            <>
              <Button variant="primary" icon="folder" onClick={() => void chooseRegistry('directory')}>
                Open another registry
              </Button>
              <Button icon="database" onClick={() => void openSampleLibrary()}>
                Use the sample library
              </Button>
            </>
          }
        >
          {problem} {hint}
          {view?.status.newest_backup !== undefined &&
            ` The newest good backup is ${view.status.newest_backup}; Maintenance restores it.`}
        </EmptyState>
      </Panel>
    </div>
  )
}

/** The estimator without a subject: the reason decides what is offered. */
export function NothingChosen() {
  const status = useRegistry((state) => state.view?.status.state)
  const phase = useRegistry((state) => state.phase)
  return phase === 'failed' || status === 'unreadable' ? <UnreadableRegistry /> : <FirstRun />
}
