import { type CliCommand } from './command'
import { accuracyCommand } from './commands/accuracy'
import { applyCommand } from './commands/apply'
import { backupsCommand } from './commands/backups'
import { calibrateCommand } from './commands/calibrate'
import { doctorCommand } from './commands/doctor'
import { downloadCommand } from './commands/download'
import { estimateCommand } from './commands/estimate'
import { gpusCommand } from './commands/gpus'
import { historyCommand } from './commands/history'
import { importCommand } from './commands/import'
import { inspectCommand } from './commands/inspect'
import { leftoversCommand } from './commands/leftovers'
import { listCommand } from './commands/list'
import { migrateCommand } from './commands/migrate-architecture'
import { normalizeFormatsCommand } from './commands/normalize-formats'
import { observeCommand } from './commands/observe'
import { profilesCommand } from './commands/profiles'
import { reconcileCommand } from './commands/reconcile-architecture'
import { removeCommand } from './commands/remove'
import { restoreCommand } from './commands/restore'
import { sampleCommand } from './commands/sample'
import { scanCommand } from './commands/scan'
import { serveCommand } from './commands/serve'
import { showCommand } from './commands/show'
import { solveCommand } from './commands/solve'
import { statsCommand } from './commands/stats'
import { undoCommand } from './commands/undo'
import { verifyCommand } from './commands/verify'

/** Every command, in the order of the help text. */
export const commandTable: readonly CliCommand[] = [
  inspectCommand,
  listCommand,
  showCommand,
  estimateCommand,
  solveCommand,
  applyCommand,
  undoCommand,
  historyCommand,
  backupsCommand,
  restoreCommand,
  downloadCommand,
  leftoversCommand,
  scanCommand,
  importCommand,
  verifyCommand,
  removeCommand,
  normalizeFormatsCommand,
  statsCommand,
  sampleCommand,
  migrateCommand,
  observeCommand,
  serveCommand,
  reconcileCommand,
  accuracyCommand,
  calibrateCommand,
  profilesCommand,
  gpusCommand,
  doctorCommand,
]
