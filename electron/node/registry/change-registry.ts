import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { isJsonObject, type Json, type JsonObject, jsonEquals, ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { valueAt } from '#shared/registry/layer-of-value'
import { type RowTarget } from '#shared/registry/split-edits'
import { encodeText } from '../files/read-text'
import { dropBackups, type MadeBackup, makeBackup, rotateBackups } from './backups'
import { commit, type FileWrite } from './commit'
import { type JournalData, type JournalItem, stepBetween, type ValueChange } from './journal'
import { type PlannedCommit, type PlannedFile, planCommit, type Wanted } from './plan-commit'
import { type ReadRegistry } from './read-registry'
import {
  type ChangeReceipt,
  type RegistryChange,
  type RegistryLocation,
  type RegistrySnapshot,
} from './registry-service'
import { type Locked, type RegistrySession } from './session'

const MOST_ATTEMPTS = 5

/**
 * Applies a pure change to what the files hold now, under the lock. When another program writes a file in between,
 * everything is read again and the change applied again; CONFLICT with both values when it touched the same value.
 */
export async function changeRegistry(session: RegistrySession, change: RegistryChange): Promise<Result<ChangeReceipt>> {
  return session.locked(async (locked) => {
    const seen = new Map<string, Json | undefined>()
    let current = locked
    for (let attempt = 1; ; attempt += 1) {
      const wanted = wantedBy(change, current.read.entries)
      if (!wanted.ok) return wanted
      const conflict = findConflict(wanted.value, current.read.entries, seen)
      if (conflict) return conflict
      const done = await changeOnce(session, { locked: current, change, wanted: wanted.value })
      if (done.ok || done.error.code !== 'CONFLICT' || attempt >= MOST_ATTEMPTS) return done
      const again = await session.read()
      if (!again.ok) return again
      current = { ...current, read: again.value }
    }
  })
}

/** What the page sees of a reading. */
export function snapshotOf(read: ReadRegistry, location: RegistryLocation): RegistrySnapshot {
  return { location, revision: read.revision, entries: read.entries, warnings: read.warnings }
}

/** Files of a plan as writes with their journal steps. */
export function writesOf(files: readonly PlannedFile[], { mode }: RegistryLocation): readonly FileWrite[] {
  // the mode of a new file follows its neighbours: other programs of the user read it too
  return files.map(({ layer, path, before, after }) => {
    const isDerived = mode === 'layered' && layer === 'snapshot'
    const step = stepBetween({ layer, path }, before, after)
    // taking a new merged file back is removing it: its text (all of the registry) would only swell the journal
    const isNew = isDerived && before === undefined
    return {
      step: isNew ? { ...step, inserted: '' } : step,
      bytes: after.bytes ?? encodeText(after),
      mode: 0o644,
      isDerived,
      ...(before?.bytes && { expected: before.bytes }),
    }
  })
}

/** A new entry of the history. */
export function newItem(
  data: JournalData,
  fields: Pick<JournalItem, 'description' | 'models' | 'steps' | 'values' | 'isValuesOnly'> & {
    readonly at: Date
    readonly backup?: string
  },
): JournalItem {
  const { at, ...rest } = fields
  return { id: randomUUID(), sequence: data.sequence + 1, at: at.toISOString(), undone: false, ...rest }
}

function wantedBy(change: RegistryChange, entries: readonly RegistryEntry[]): Result<Wanted> {
  const edits = change.plan(entries)
  if (!edits.ok) return edits
  const additions = change.add ? change.add(entries) : ok([])
  if (!additions.ok) return additions
  const removals = change.remove ? change.remove(entries) : ok([])
  if (!removals.ok) return removals
  const adoptions = change.adopt ? change.adopt(entries) : ok([])
  if (!adoptions.ok) return adoptions
  const rows = { additions: additions.value, removals: removals.value, adoptions: adoptions.value }
  return ok({ edits: edits.value, ...rows })
}

/** Values that the change builds on must not have moved between two attempts. */
function findConflict(
  wanted: Wanted,
  entries: readonly RegistryEntry[],
  seen: Map<string, Json | undefined>,
): Result<never> | undefined {
  for (const { id, edits } of wanted.edits) {
    const entry = entries.find((one) => one.id === id)
    for (const { path, value } of edits) {
      const key = JSON.stringify([id, ...path])
      const now = entry && valueAt(entry.value, path)
      if (seen.has(key) && !jsonEquals(seen.get(key), now) && !jsonEquals(now, value)) {
        return conflictOf({ id, path, theirs: now, ours: value })
      }
      seen.set(key, now)
    }
  }
  return undefined
}

interface ConflictingValues {
  readonly id: string
  readonly path: readonly (string | number)[]
  readonly theirs: Json | undefined
  readonly ours: Json | undefined
}

/** CONFLICT that names both values. */
export function conflictOf({ id, path, theirs, ours }: ConflictingValues) {
  return fail(
    'CONFLICT',
    `${path.join('.')} of "${id}" was changed by another program: it is ${preview(theirs)}, this change wants ${preview(ours)}.`,
    { hint: 'Nothing was written. Load the registry again and decide.' },
  )
}

export function preview(value: Json | undefined): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

interface Attempt {
  readonly locked: Locked
  readonly change: RegistryChange
  readonly wanted: Wanted
}

async function changeOnce(
  session: RegistrySession,
  { locked, change, wanted }: Attempt,
): Promise<Result<ChangeReceipt>> {
  const { location } = session.options
  const planned = planCommit(locked.read, wanted, location)
  if (!planned.ok) return planned
  const { files, next } = planned.value
  if (files.length === 0) return ok({ changed: false, files: [], snapshot: snapshotOf(locked.read, location) })
  const backups = change.backup ? await backUp(session, files) : ok<readonly MadeBackup[]>([])
  if (!backups.ok) return backups
  const writes = writesOf(files, location)
  const item = newItem(locked.data, {
    description: change.description,
    models: modelsOf(wanted, locked.read),
    steps: writes.map((write) => write.step),
    values: valueChanges(planned.value),
    isValuesOnly: isValuesOnly(wanted, planned.value),
    at: session.options.now(),
    ...(backups.value[0] && { backup: backups.value[0].name }),
  })
  const data = { ...locked.data, backups: [...locked.data.backups, ...backups.value.map((backup) => backup.name)] }
  const done = await commit(locked, { writes, data, item })
  if (!done.ok) {
    await dropBackups(backups.value, contentsOf(writes), session.options)
    return done
  }
  session.remember(next)
  await rotate(session, locked, done.value)
  return ok({
    changed: true,
    files: files.map(({ layer, path }) => ({ layer, path })),
    historyId: item.id,
    snapshot: snapshotOf(next, location),
    ...(item.backup !== undefined && { backup: item.backup }),
  })
}

/** Backups of the layers that change; the merged file of a layered registry can always be made anew. */
async function backUp(session: RegistrySession, files: readonly PlannedFile[]): Promise<Result<readonly MadeBackup[]>> {
  const { location, fs, now } = session.options
  const made: MadeBackup[] = []
  for (const { layer, path, before } of files) {
    if (layer === 'snapshot' && location.mode === 'layered') continue
    const known = before?.bytes && { bytes: before.bytes, stat: before.stat }
    const backup = await makeBackup(location, path, { fs, now, ...(known && { known }) })
    if (!backup.ok) {
      await dropBackups(made, new Map(), session.options)
      return backup
    }
    if (backup.value) made.push(backup.value)
  }
  return ok(made)
}

/** New contents by path. */
export function contentsOf(writes: readonly FileWrite[]): ReadonlyMap<string, Uint8Array> {
  return new Map(writes.flatMap(({ step, bytes }) => (bytes === null ? [] : [[step.path, bytes] as const])))
}

/** Takes surplus backups away and remembers which are ours. */
export async function rotate(
  session: RegistrySession,
  locked: Pick<Locked, 'journal'>,
  data: JournalData,
): Promise<void> {
  const { location, fs } = session.options
  const own = [...new Set(data.backups)]
  const left = await rotateBackups(location, own, fs)
  if (left.length === data.backups.length) return
  // a list that cannot be shortened now only names files that are gone
  await locked.journal.write({ ...data, backups: [...left] })
}

function modelsOf(wanted: Wanted, read: ReadRegistry): string[] {
  const ids = [...wanted.edits.map((edit) => edit.id), ...wanted.removals, ...(wanted.adoptions ?? [])]
  const named = ids.map((id) => read.entries.find((entry) => entry.id === id)?.name ?? id)
  const added = wanted.additions.map((row) => String(ownValue(row, 'name') ?? ''))
  return [...new Set([...named, ...added])]
}

function isValuesOnly(wanted: Wanted, { targets }: PlannedCommit): boolean {
  const isNewRow = targets.some((target) => target.row === undefined)
  const comeAndGone = wanted.additions.length + wanted.removals.length + (wanted.adoptions?.length ?? 0)
  return comeAndGone === 0 && !isNewRow
}

function valueChanges({ targets, files }: PlannedCommit): ValueChange[] {
  const changed = new Set(files.map((file) => file.layer))
  return targets
    .filter((target) => target.row !== undefined && changed.has(target.layer))
    .flatMap((target) => differences(target))
}

/** Leaf by leaf what differs between the old and the new row. */
function differences({ layer, before, target }: RowTarget): ValueChange[] {
  const name = String(ownValue(before, 'name') ?? '')
  const found: ValueChange[] = []
  const walk = (left: JsonObject, right: JsonObject, path: readonly string[]): void => {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const [was, is] = [ownValue(left, key), ownValue(right, key)]
      if (jsonEquals(was, is)) continue
      if (isJsonObject(was) && isJsonObject(is)) walk(was, is, [...path, key])
      else {
        const sides = { ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }
        found.push({ layer, name, path: [...path, key], ...sides })
      }
    }
  }
  walk(before, target, [])
  return found
}

/** File names for people. */
export function fileNames(item: JournalItem): string[] {
  return item.steps.map((step) => basename(step.path))
}
