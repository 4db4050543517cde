import { basename } from 'node:path'
import { isJsonObject, type Json, type JsonObject, jsonEquals, ownValue } from '#shared/domain/json'
import { fail, ok, type Result } from '#shared/domain/result'
import { changeValue } from '#shared/registry/change-value'
import { valueAt } from '#shared/registry/layer-of-value'
import { type RowTarget } from '#shared/registry/split-edits'
import { decodeText, hashOf } from '../files/read-text'
import { conflictOf, rotate, writesOf } from './change-registry'
import { commit, type FileWrite } from './commit'
import { applyStep, type JournalItem, reverseStep, type Step, type ValueChange } from './journal'
import { nextSnapshot, planTargets } from './plan-commit'
import { type LoadedLayer, type LoadedLayers, parseLayer } from './read-registry'
import { type HistoryItem, type RegistryLocation } from './registry-service'
import { type Locked, type RegistrySession } from './session'

/**
 * Takes back the newest change that is not undone. `exact`: every file must be as that change left it, and is put back
 * byte for byte. `keep_others`: only the values of that change go back, also when later changes stand before it.
 * Errors: NOTHING_TO_UNDO, CONFLICT.
 */
export async function undoLast(
  session: RegistrySession,
  expected: string | undefined,
  choice: 'exact' | 'keep_others',
): Promise<Result<HistoryItem>> {
  return session.locked(async (locked) => {
    const newest = locked.data.items.findLast((one) => !one.undone)
    if (!newest) {
      const hint =
        'Only changes that Headroom made can be taken back. An older state may be in a backup: see headroom backups.'
      return fail('NOTHING_TO_UNDO', 'There is no change to take back.', { hint })
    }
    const seen = locked.data.items.find((one) => !one.undone && one.id === expected)
    const item = choice === 'keep_others' && seen ? seen : newest
    if (expected !== undefined && expected !== item.id) {
      return fail('CONFLICT', `The newest change is "${item.description}", not the one you saw.`, {
        hint: 'Look at the history again.',
      })
    }
    const { location } = session.options
    const writes = choice === 'exact' ? exactWrites(locked, item, location) : valueWrites(locked, item, location)
    if (!writes.ok) return writes
    const done = await commit(locked, { writes: writes.value, data: locked.data, undoes: item.id })
    if (!done.ok) return done
    await rotate(session, locked, done.value)
    return ok(toHistoryItem({ ...item, undone: true }))
  })
}

export function toHistoryItem(item: JournalItem): HistoryItem {
  const { id, at, description, models, undone, values, backup } = item
  const files = item.steps.map((step) => basename(step.path))
  return { id, at, description, models, files, undone, values, ...(backup !== undefined && { backup }) }
}

function exactWrites(locked: Locked, item: JournalItem, location: RegistryLocation): Result<readonly FileWrite[]> {
  const layers: LoadedLayers = locked.read.layers
  const isDerived = (step: Step): boolean => step.layer === 'snapshot' && location.mode === 'layered'
  const own = item.steps.filter((step) => !isDerived(step))
  const moved = own.find((step) => (layers[step.layer]?.hash ?? null) !== step.after)
  if (moved) return changedSince(moved, item)
  const writes: FileWrite[] = []
  const next: Partial<Record<Step['layer'], LoadedLayer>> = { ...layers }
  for (const step of own) {
    const write = backwards(step, layers[step.layer])
    if (!write.ok) return write
    writes.push(write.value)
    const parsed = reparse(write.value, next[step.layer])
    if (parsed) next[step.layer] = parsed
    else delete next[step.layer]
  }
  const snapshot = snapshotWrite(item.steps.find(isDerived), { layers, next, location })
  if (!snapshot.ok) return snapshot
  return ok(snapshot.value ? [...writes, snapshot.value] : writes)
}

function changedSince(step: Step, item: JournalItem) {
  const values = item.isValuesOnly ? 'take back only the values of this change and keep the rest, ' : ''
  const backup = item.backup === undefined ? '' : `restore the backup ${item.backup}, `
  return fail('CONFLICT', `"${basename(step.path)}" was changed by another program after "${item.description}".`, {
    hint: `Choose: ${values}${backup}or leave it as it is.`,
    path: step.path,
  })
}

function backwards(step: Step, current: LoadedLayer | undefined): Result<FileWrite> {
  const plain = reverseStep(step)
  // a new merged file is journalled without its text; an undo that fails half-way must be able to bring it back
  const isTextLess = step.before === null && step.inserted === '' && current?.hash === step.after
  const reversed = isTextLess ? { ...plain, removed: current.text } : plain
  const bytes = applyStep(reversed, current)
  return bytes.ok ? ok({ step: reversed, bytes: bytes.value, mode: 0o644 }) : bytes
}

/** The layer as it will be; nothing for a file that goes or that was broken before. */
function reparse({ step, bytes }: FileWrite, old: LoadedLayer | undefined): LoadedLayer | undefined {
  const decoded = bytes === null ? undefined : decodeText(bytes, step.path)
  if (bytes === null || !decoded?.ok || !old) return undefined
  const parsed = parseLayer({ ...decoded.value, hash: hashOf(bytes), stat: old.stat }, step.layer, step.path)
  return parsed.ok ? parsed.value : undefined
}

interface SnapshotUndo {
  readonly layers: LoadedLayers
  readonly next: LoadedLayers
  readonly location: RegistryLocation
}

/** The merged file goes back byte for byte when nobody touched it, else it is made anew from the layers. */
function snapshotWrite(step: Step | undefined, undo: SnapshotUndo): Result<FileWrite | undefined> {
  const { layers, next, location } = undo
  if (step && (layers.snapshot?.hash ?? null) === step.after) return backwards(step, layers.snapshot)
  if (location.mode === 'single') return ok(undefined)
  const made = nextSnapshot(next, location)
  if (!made.ok || !made.value) return made.ok ? ok(undefined) : made
  const { layer, path } = made.value
  const [write] = writesOf([{ layer, path, before: layers.snapshot, after: made.value }], location)
  return ok(write)
}

function valueWrites(locked: Locked, item: JournalItem, location: RegistryLocation): Result<readonly FileWrite[]> {
  if (!item.isValuesOnly) {
    return fail('CONFLICT', `"${item.description}" added or removed whole entries: its values alone cannot go back.`, {
      hint: item.backup === undefined ? 'Leave it as it is.' : `Restore the backup ${item.backup} instead.`,
    })
  }
  const targets = new Map<string, RowTarget>()
  for (const change of item.values) {
    const done = takeBackValue(locked.read.layers[change.layer], change, targets)
    if (!done.ok) return done
  }
  const planned = planTargets(locked.read, { targets: [...targets.values()], removed: [], additions: [] }, location)
  return planned.ok ? ok(writesOf(planned.value.files, location)) : planned
}

/** Puts one value back where it is still the one that the change wrote. */
function takeBackValue(
  layer: LoadedLayer | undefined,
  change: ValueChange,
  targets: Map<string, RowTarget>,
): Result<void> {
  // both were JSON when they were written to the journal
  const [before, after] = [change.before as Json | undefined, change.after as Json | undefined]
  const isRename = change.path.length === 1 && change.path[0] === 'name'
  const name = isRename ? after : change.name
  const rows = (layer?.values ?? []).flatMap((value, index) => (isNamed(value, name) ? [{ value, index }] : []))
  const row = rows.find(({ value }) => jsonEquals(valueAt(value, change.path), after)) ?? rows[0]
  if (!row) {
    return fail('CONFLICT', `"${change.name}" is not in the ${change.layer} file any more.`, {
      hint: 'Leave it as it is, or restore a backup.',
    })
  }
  const key = `${change.layer}:${row.index}`
  const known = targets.get(key)
  const current: JsonObject = known?.target ?? row.value
  const held = valueAt(current, change.path)
  if (jsonEquals(held, before)) return ok(undefined)
  if (!jsonEquals(held, after)) return conflictOf({ id: change.name, path: change.path, theirs: held, ours: before })
  const changed = changeValue(current, { path: change.path, value: before })
  if (!changed.ok) return changed
  const address = { layer: change.layer, index: row.index }
  targets.set(key, { layer: change.layer, row: address, before: row.value, target: changed.value })
  return ok(undefined)
}

function isNamed(value: Json, name: Json | undefined): value is JsonObject {
  return isJsonObject(value) && ownValue(value, 'name') === name
}
