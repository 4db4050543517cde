import { call } from '../../../api/call'
import { Button } from '../../../components/button'
import { Note } from '../../../components/note'
import { Panel } from '../../../components/panel'
import { formatTime } from '../../../format/dates'
import { foreignText } from '../../../format/foreign-text'
import { formatSize, plural } from '../../../format/numbers'
import { showError } from '../../../stores/toasts'
import { useReload } from './use-reload'

/** Copies of registry files that could not be read; the files themselves were never touched. */
export function SetAsidePanel() {
  const { value } = useReload(() => call('health:report', {}))
  const files = value?.set_aside ?? []
  if (files.length === 0) return null
  return (
    <Panel
      title="Set aside"
      note={plural(files.length, 'file')}
      footer={
        <Button size="small" icon="folder" onClick={() => void openFolder('set_aside')}>
          Open folder
        </Button>
      }
    >
      <div className="stack">
        <p className="small two">
          Copies of files that could not be read when Headroom looked. The files themselves stay as they were; a backup
          above puts them right.
        </p>
        {files.slice(0, 10).map((file) => (
          <Note kind="warn" key={file.name}>
            <span className="strong wrap-anywhere">{foreignText(file.name, 200)}</span>
            <span className="dim block">
              {formatTime(file.at)}, {formatSize(file.bytes)}
            </span>
          </Note>
        ))}
      </div>
    </Panel>
  )
}

/** Shows a folder in the system's file manager. */
export async function openFolder(what: 'registry' | 'set_aside'): Promise<void> {
  const reply = await call('health:openFolder', { what })
  if (!reply.ok) showError(reply.error)
}
