import { type RegistryEntry, type RegistryLayer, type ValueEdit } from '#shared/domain/registry'
import { type HeadroomError, type Result } from '#shared/domain/result'
import { type ApplyPlan, type FlagChange } from '#shared/launch-args/flag-change'

/** Where the registry was found. `single`: one file given, or only the snapshot exists. */
export interface RegistryLocation {
  readonly path: string
  readonly mode: 'layered' | 'single'
}

/** One reading of the registry under the load rule of the format. */
export interface RegistrySnapshot {
  readonly location: RegistryLocation
  /** Changes whenever any byte of any layer changes. */
  readonly revision: string
  readonly entries: readonly RegistryEntry[]
  /** Duplicates, dropped fields, adopted rows: things a person should know. */
  readonly warnings: readonly string[]
  /** A file cannot be read and a backup is shown in its place: nothing can be changed until it is restored or repaired. */
  readonly readOnly?: ReadOnlyReason
}

export interface ReadOnlyReason {
  /** What is wrong with the file, and what to do. */
  readonly error: HeadroomError
  /** Backups that are shown, by layer; the first is that of the file named in `error`. */
  readonly backups: readonly { readonly layer: RegistryLayer; readonly backup: BackupInfo }[]
}

/** Edits of one entry. The service decides the layer in which each value counts unless `layer` says so. */
export interface EntryEdit {
  readonly id: string
  readonly edits: readonly ValueEdit[]
  readonly layer?: RegistryLayer
}

/** A pure change: called again with fresh entries when the files moved under us, so it must not keep state. */
export interface RegistryChange {
  /** For history and backups: `apply --max-model-len to Qwen3-8B`. */
  readonly description: string
  /** Bulk and destructive changes are backed up first; a single edit is covered by the journal as well. */
  readonly backup: boolean
  plan(entries: readonly RegistryEntry[]): Result<readonly EntryEdit[]>
  /** Ids of entries that go from every file. */
  remove?(entries: readonly RegistryEntry[]): Result<readonly string[]>
  /** Ids of entries that only the merged file holds and that go into the discovered layer as they are written. */
  adopt?(entries: readonly RegistryEntry[]): Result<readonly string[]>
  /** New entries, written to the discovered layer (or the single file). */
  add?(entries: readonly RegistryEntry[]): Result<readonly import('#shared/domain/json').JsonObject[]>
}

export interface ChangeReceipt {
  readonly changed: boolean
  /** Files written, layers in the order of writing. */
  readonly files: readonly { readonly layer: RegistryLayer; readonly path: string }[]
  readonly backup?: string
  readonly historyId?: string
  readonly snapshot: RegistrySnapshot
}

export interface HistoryItem {
  readonly id: string
  readonly at: string
  readonly description: string
  readonly models: readonly string[]
  readonly files: readonly string[]
  readonly undone: boolean
  /** Made before the change. */
  readonly backup?: string
  /** Leaf values of rows that were changed; rows that came or went are not among them. */
  readonly values?: readonly HistoryValue[]
}

export interface HistoryValue {
  readonly layer: RegistryLayer
  readonly name: string
  readonly path: readonly (string | number)[]
  readonly before?: unknown
  readonly after?: unknown
}

export interface BackupInfo {
  readonly name: string
  readonly path: string
  readonly at: string
  readonly bytes: number
  /** The file of which it is a copy. */
  readonly file: string
}

export interface ApplyReceipt {
  readonly name: string
  readonly layer: RegistryLayer
  readonly changed: boolean
  readonly plan: ApplyPlan
  readonly backup?: string
  /** The change in the undo journal; absent when nothing was written. */
  readonly historyId?: string
}

/** The only way to a registry. There is no `save(state)`: a change is a function applied under the lock. */
export interface RegistryService {
  readonly location: RegistryLocation
  load(): Promise<Result<RegistrySnapshot>>
  /**
   * What a registry with a broken file (`problem` is what `load` said) is shown as, and the refusal of every change.
   * BAD_REGISTRY without a good backup.
   */
  loadBackupView(
    problem: HeadroomError,
  ): Promise<Result<{ readonly snapshot: RegistrySnapshot; readonly refusal: Result<never> }>>
  change(change: RegistryChange): Promise<Result<ChangeReceipt>>
  /** Edits launch flags of one entry; with `dryRun` only the plan. `expectedBefore` differing is a CONFLICT. */
  apply(request: {
    readonly id: string
    readonly changes: readonly FlagChange[]
    readonly removeDuplicates: boolean
    readonly dryRun: boolean
    readonly expectedBefore?: readonly string[] | string
    readonly contextWindow?: number
  }): Promise<Result<ApplyReceipt>>
  history(): Promise<Result<readonly HistoryItem[]>>
  /**
   * Takes back the newest change that is not undone; `expected` names the one the user saw. CONFLICT when something else
   * changed since; with `keep_others` only the values of that change go back (also when it is not the newest one) and
   * later changes of others stay (CONFLICT with both values where they touched the same one).
   */
  undo(expected?: string, choice?: 'exact' | 'keep_others'): Promise<Result<HistoryItem>>
  backups(): Promise<Result<readonly BackupInfo[]>>
  /** Copies every file of the registry (the merged file of a layered one can be made anew) now; broken ones too. */
  backUp(): Promise<Result<readonly BackupInfo[]>>
  /** Entries of a backup, to be looked at; nothing is written. */
  readBackup(name: string): Promise<Result<RegistrySnapshot>>
  /** The newest backup that can be read, of the file that cannot (or of the main file). */
  newestGoodBackup(): Promise<Result<BackupInfo | undefined>>
  /** Restores one backup; the current bytes are backed up first and the restore can be undone. */
  restore(name: string): Promise<Result<HistoryItem>>
  /** The same with text that is no backup: a file repaired from its remains. `layer` is the file it replaces. */
  replaceLayer(layer: RegistryLayer, text: string, description: string): Promise<Result<HistoryItem>>
  /** Calls back after an external change; returns the way to stop. */
  watch(listener: (revision: string) => void): () => void
}
