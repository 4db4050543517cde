import './maintenance.css'
import { BackupsPanel } from './parts/backups-panel'
import { HistoryPanel } from './parts/history-panel'
import { MigratePanel } from './parts/migrate-panel'
import { ReconcilePanel } from './parts/reconcile-panel'
import { ReportPanel } from './parts/report-panel'

/** Care of the registry: re-extract, reconcile with the engines, take back. Nothing is written without a press. */
export function MaintenancePage() {
  return (
    <>
      <div className="toolbar">
        <h1>Maintenance</h1>
        <span className="small dim">
          Nothing is written until you press a panel’s blue button. Each write makes a backup first.
        </span>
      </div>
      <div className="page cols-wide scroll">
        <div className="stack wide">
          <ReconcilePanel />
          <MigratePanel />
        </div>
        <div className="stack wide">
          <HistoryPanel />
          <BackupsPanel />
          <ReportPanel />
        </div>
      </div>
    </>
  )
}
