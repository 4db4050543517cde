import { fail, ok, type Result } from '#shared/domain/result'
import { diskFileSystem, type FileSystem } from '../files/file-system'
import { type LockOptions } from '../files/lock'
import { applyFlags } from './apply-flags'
import { listBackups } from './backups'
import { changeRegistry, snapshotOf } from './change-registry'
import { type RegistryLocation, type RegistryService, type RegistrySnapshot } from './registry-service'
import { backUpNow, readBackup, replaceLayer, restoreBackup } from './restore'
import { RegistrySession } from './session'
import { readOnlyError, readWithBackups } from './stand-ins'
import { toHistoryItem, undoLast } from './undo'
import { watchRegistry } from './watch-registry'

export interface RegistryServiceOptions {
  readonly location: RegistryLocation
  /** Folder of the program's own data: the undo journal goes below it. */
  readonly dataDir: string
  readonly now: () => Date
  readonly fs?: FileSystem
  readonly sleep?: (milliseconds: number) => Promise<void>
  readonly lock?: LockOptions
  /** Consent to changes where the folder takes no lock file, see `SessionOptions`. */
  readonly withoutLock?: boolean
}

/** Opens a registry that `locateRegistry` found. Nothing is read or written yet. */
export function createRegistryService(options: RegistryServiceOptions): RegistryService {
  const { location, fs = diskFileSystem, sleep = pause } = options
  const session = new RegistrySession({ ...options, fs, sleep })
  /**
   * Revision of what we wrote last: the watcher reports any other. A mere reading does not count: it may serve a detail
   * while the list still shows what was there before.
   */
  let latest: string | undefined
  const isKnown = (revision: string): boolean => revision === latest
  const remember = (revision: string): void => {
    latest = revision
  }
  const load = async (): Promise<Result<RegistrySnapshot>> => {
    const read = await session.read()
    return read.ok ? ok(snapshotOf(read.value, location)) : read
  }
  /** After a write of ours: what is on the disk now. */
  const reload = async <T>(result: Result<T>): Promise<Result<T>> => {
    const read = result.ok ? await load() : undefined
    if (read?.ok) remember(read.value.revision)
    return result
  }
  return {
    location,
    load,
    loadBackupView: async (problem) => {
      const view = await readWithBackups(location, fs)
      if (!view.ok) return view
      const { read, standIns } = view.value
      const [first] = standIns
      // put right between both readings
      if (!first)
        return fail('CHANGED_WHILE_READING', 'The registry was repaired just now.', { hint: 'Read it again.' })
      const snapshot = { ...snapshotOf(read, location), readOnly: { error: problem, backups: standIns } }
      return ok({ snapshot, refusal: readOnlyError(first, problem) })
    },
    change: async (change) => {
      const receipt = await changeRegistry(session, change)
      if (receipt.ok) remember(receipt.value.snapshot.revision)
      return receipt
    },
    apply: async (request) => {
      const applied = await applyFlags(session, request)
      if (!applied.ok) return applied
      if (applied.value.revision !== undefined) remember(applied.value.revision)
      return ok(applied.value.receipt)
    },
    history: async () => {
      const data = await session.journal()
      return data.ok ? ok(data.value.items.toReversed().map(toHistoryItem)) : data
    },
    undo: async (expected, choice = 'exact') => reload(await undoLast(session, expected, choice)),
    backups: () => listBackups(location, fs),
    newestGoodBackup: () => session.newestGoodBackup(),
    readBackup: (name) => readBackup(session, name),
    backUp: () => backUpNow(session),
    restore: async (name) => reload(await restoreBackup(session, name)),
    replaceLayer: async (layer, text, description) => reload(await replaceLayer(session, { layer, text, description })),
    watch: (listener) => watchRegistry({ location, fs, revision: () => session.quietRevision(), isKnown }, listener),
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
