import { useMemo } from 'react'
import { type ModelView } from '#shared/domain/model-view'
import { type MigrateReport } from '#shared/ipc/contract'
import { call } from '../../../api/call'
import { Button } from '../../../components/button'
import { Progress } from '../../../components/progress'
import { plural } from '../../../format/numbers'
import { useEstimator } from '../../../stores/estimator'
import { cancelJob, endJob, startJob, useJobs } from '../../../stores/jobs'
import { loadRegistry, useRegistry } from '../../../stores/registry'
import { showError, showToast } from '../../../stores/toasts'
import { undoChange } from '../../../stores/undo'
import { estimatesAsCsv, estimatesAsJson } from '../estimate-export'
import { type FitQuestion } from '../fit'
import { saveText } from '../save-text'
import { setChecked, useModelsPage } from '../store'
import { type ModelRow } from '../view-model'

interface BulkBarProps {
  readonly shown: readonly ModelRow[]
  readonly question: FitQuestion
}

/** Actions on the chosen rows; there only while some are chosen. */
export function BulkBar({ shown, question }: BulkBarProps) {
  const checked = useModelsPage((state) => state.checked)
  const models = useRegistry((state) => state.view?.models)
  const chosen = useMemo(() => (models ?? []).filter((model) => checked.has(model.id)), [models, checked])
  const isAll = shown.length > 0 && shown.every((row) => checked.has(row.id))
  if (chosen.length === 0) return null
  return (
    <section className="toolbar bulk" aria-label="Selected models">
      <span className="strong small nowrap" role="status">
        {plural(chosen.length, 'model')} selected
      </span>
      {!isAll && (
        <Button size="small" variant="quiet" onClick={() => setChecked(shown.map((row) => row.id))}>
          Select all {plural(shown.length, 'shown', 'shown')}
        </Button>
      )}
      <Button size="small" variant="quiet" onClick={() => setChecked([])}>
        Select none
      </Button>
      <span className="push row">
        <ReExtract chosen={chosen} />
        <ExportButtons chosen={chosen} question={question} />
      </span>
    </section>
  )
}

const JOB_KIND = 'migrate-selected'

function ReExtract({ chosen }: { readonly chosen: readonly ModelView[] }) {
  const job = useJobs((state) => Object.values(state.running).find((one) => one.job.startsWith(JOB_KIND)))
  if (job !== undefined) {
    return (
      <>
        <span className="bulk-progress">
          <Progress label="Reading model files" done={job.done} total={job.total} />
        </span>
        <Button size="small" icon="x" onClick={() => void cancelJob(job.job)}>
          Cancel
        </Button>
      </>
    )
  }
  return (
    <Button size="small" icon="refresh" onClick={() => void reExtract(chosen.map((model) => model.id))}>
      Re-extract {chosen.length}
    </Button>
  )
}

/** Reads the files of some entries again and writes what they say; values set by hand stay. */
export async function reExtract(ids: string[]): Promise<void> {
  const job = startJob(JOB_KIND, 'Reading model files')
  const reply = await call('maintenance:migrate', { dry_run: false, force: false, only: ids, job })
  endJob(job)
  if (!reply.ok) return void showError(reply.error)
  await loadRegistry()
  sayOutcome(reply.value)
}

function sayOutcome({ results, totals }: MigrateReport): void {
  const written = totals.added + totals.updated
  const problem = results.find(({ status }) => status === 'failed' || status === 'skipped')
  const [only] = results
  if (results.length === 1 && only !== undefined && problem !== undefined) {
    showToast({ kind: 'error', text: `${only.name} was not read: ${only.reason ?? only.status}` })
    return
  }
  const left = totals.skipped + totals.failed
  const rest = [
    totals.unchanged > 0 ? `${totals.unchanged} unchanged` : '',
    left > 0 ? `${left} not read (${problem?.name}: ${problem?.reason ?? ''})` : '',
  ].filter(Boolean)
  showToast({
    kind: 'ok',
    text: [`Re-extracted ${plural(written, 'model')}`, ...rest].join(', '),
    ...(written > 0 ? { action: { label: 'Undo', run: () => void undoChange() } } : {}),
  })
}

function ExportButtons({
  chosen,
  question,
}: {
  readonly chosen: readonly ModelView[]
  readonly question: FitQuestion
}) {
  const input = () => ({ models: chosen, question, headers: useEstimator.getState().headers })
  return (
    <>
      <Button size="small" icon="export" onClick={() => void saveText('estimates.csv', estimatesAsCsv(input()))}>
        Export CSV
      </Button>
      <Button size="small" icon="export" onClick={() => void saveText('estimates.json', estimatesAsJson(input()))}>
        Export JSON
      </Button>
    </>
  )
}
