import { useState } from 'react'
import { call } from '../../../api/call'
import { Button } from '../../../components/button'
import { Panel } from '../../../components/panel'
import { plural } from '../../../format/numbers'
import { useRegistry } from '../../../stores/registry'
import { showError, showToast } from '../../../stores/toasts'

/** What is odd about the registry, and a report to pass on. */
export function ReportPanel() {
  const view = useRegistry((state) => state.view)
  const [report, setReport] = useState<string>()
  const warnings = view?.warnings ?? []
  async function load() {
    const reply = await call('doctor:report', {})
    if (!reply.ok) return void showError(reply.error)
    setReport(reply.value.text)
  }
  async function copy(text: string) {
    const reply = await call('clipboard:write', { text })
    if (!reply.ok) return void showError(reply.error)
    showToast({ kind: 'ok', text: 'Report copied. Your home folder shows as ~ in it.' })
  }
  return (
    <Panel
      title="Registry health"
      note={warnings.length === 0 ? 'good' : plural(warnings.length, 'note')}
      actions={
        <Button size="small" onClick={() => void (report === undefined ? load() : copy(report))}>
          {report === undefined ? 'Make a report' : 'Copy report'}
        </Button>
      }
    >
      <dl className="kv-list">
        <dt>Registry</dt>
        <dd>{view?.status.label ?? 'none'}</dd>
        <dt>Models</dt>
        <dd>{view?.models.length ?? 0}</dd>
        <dt>Files gone</dt>
        <dd>{view?.models.filter((model) => model.files_state === 'missing').length ?? 0}</dd>
      </dl>
      {warnings.length > 0 && (
        <ul className="small two notes" aria-label="Notes on the registry">
          {warnings.slice(0, 20).map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      {report !== undefined && <pre className="formula report">{report}</pre>}
    </Panel>
  )
}
