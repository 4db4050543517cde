import { basename } from 'node:path'
import { type RegistryLayer } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { decodeText, encodeText, hashOf, readBytes } from '../files/read-text'
import { dropBackups, listBackups, type MadeBackup, makeBackup } from './backups'
import { contentsOf, newItem, rotate, snapshotOf, writesOf } from './change-registry'
import { type CommitContext, commit, type FileWrite } from './commit'
import { type JournalData, stepBetween } from './journal'
import { layerPaths } from './locate-registry'
import { nextSnapshot } from './plan-commit'
import { assemble, type LoadedLayer, MAX_REGISTRY_BYTES, parseLayer, readRegistry } from './read-registry'
import { type BackupInfo, type HistoryItem, type RegistrySnapshot } from './registry-service'
import { type RegistrySession } from './session'
import { toHistoryItem } from './undo'

/** Entries of one backup, to be looked at. NOT_FOUND, BAD_REGISTRY. */
export async function readBackup(session: RegistrySession, name: string): Promise<Result<RegistrySnapshot>> {
  const { location } = session.options
  const loaded = await loadBackup(session, name)
  if (!loaded.ok) return loaded
  const single = { path: loaded.value.backup.path, mode: 'single' } as const
  const read = assemble({ snapshot: loaded.value.parsed }, { location: single })
  return ok(snapshotOf(read, location))
}

/**
 * Puts the bytes of one backup in the place of its file: the current bytes, even broken ones, are backed up first, the
 * merged file follows, and the whole can be undone. Errors: NOT_FOUND, BAD_REGISTRY, BAD_REQUEST when nothing differs.
 */
export async function restoreBackup(session: RegistrySession, name: string): Promise<Result<HistoryItem>> {
  const loaded = await loadBackup(session, name)
  if (!loaded.ok) return loaded
  return session.lockedUnread((context) => restoreLocked(session, context, loaded.value))
}

/**
 * Puts a text in the place of one file in the same way: what it replaces is backed up, and undo takes it back.
 * BAD_REGISTRY when the text is no registry file.
 */
export async function replaceLayer(
  session: RegistrySession,
  { layer, text, description }: { readonly layer: RegistryLayer; readonly text: string; readonly description: string },
): Promise<Result<HistoryItem>> {
  const path = layerPaths(session.options.location)[layer]
  if (path === undefined) return fail('BAD_REQUEST', `This registry has no ${layer} file.`)
  const bytes = encodeText({ text, hasBom: false })
  const parsed = parseLayer({ text, hasBom: false, hash: hashOf(bytes), stat: NEW_FILE }, layer, path)
  if (!parsed.ok) return fail('BAD_REGISTRY', `The text cannot be used: ${parsed.error.message}`, { path })
  const loaded = { description, layer, path, bytes, parsed: parsed.value }
  return session.lockedUnread((context) => restoreLocked(session, context, loaded))
}

const NEW_FILE = { kind: 'file', size: 0, mtimeMs: 0, mode: 0o644, uid: 0, gid: 0, inode: 0 } as const

/** Copies every file now; a broken one too. Each copy counts as ours and is rotated with the others. */
export async function backUpNow(session: RegistrySession): Promise<Result<readonly BackupInfo[]>> {
  const { location, fs, now } = session.options
  return session.lockedUnread(async (context) => {
    const copies: MadeBackup[] = []
    for (const [layer, path] of Object.entries(layerPaths(location))) {
      if (layer === 'snapshot' && location.mode === 'layered') continue
      const made = await makeBackup(location, path, { fs, now })
      if (!made.ok) {
        // Not in the journal, they would never be rotated.
        await dropBackups(copies, new Map(), session.options)
        return made
      }
      if (made.value) copies.push(made.value)
    }
    const names = copies.map(({ name }) => name)
    const data = { ...context.data, backups: [...context.data.backups, ...names] }
    const noted = await context.journal.write(data)
    if (!noted.ok) {
      await dropBackups(copies, new Map(), session.options)
      return noted
    }
    await rotate(session, context, data)
    const listed = await listBackups(location, fs)
    return listed.ok ? ok(listed.value.filter(({ name }) => names.includes(name))) : listed
  })
}

interface Loaded {
  readonly description: string
  readonly layer: RegistryLayer
  readonly path: string
  readonly bytes: Uint8Array
  readonly parsed: LoadedLayer
}

interface LoadedBackup extends Loaded {
  readonly backup: BackupInfo
}

async function loadBackup(session: RegistrySession, name: string): Promise<Result<LoadedBackup>> {
  const { location, fs } = session.options
  const listed = await listBackups(location, fs)
  if (!listed.ok) return listed
  const backup = listed.value.find((one) => one.name === name)
  const place = Object.entries(layerPaths(location)).find(([, path]) => basename(path) === backup?.file)
  if (!backup || !place) return fail('NOT_FOUND', `There is no backup "${name}".`, { hint: 'List the backups again.' })
  const [layer, path] = place as [RegistryLayer, string] // keys of layerPaths are layers
  const read = await readBytes(backup.path, { fs, maxBytes: MAX_REGISTRY_BYTES })
  if (!read.ok) return read
  const { bytes, stat } = read.value
  const decoded = decodeText(bytes, backup.path)
  const parsed = decoded.ok ? parseLayer({ ...decoded.value, hash: hashOf(bytes), stat }, layer, path) : decoded
  if (!parsed.ok)
    return fail('BAD_REGISTRY', `The backup cannot be used: ${parsed.error.message}`, { path: backup.path })
  return ok({ description: `restore ${name}`, backup, layer, path, bytes, parsed: parsed.value })
}

async function restoreLocked(
  session: RegistrySession,
  context: CommitContext & { readonly data: JournalData },
  loaded: Loaded,
): Promise<Result<HistoryItem>> {
  const { location, fs, now } = session.options
  const main = await mainWrite(session, loaded)
  if (!main.ok) return main
  if (main.value.step.before === main.value.step.after) {
    return fail('BAD_REQUEST', `"${basename(loaded.path)}" is equal to this backup already.`)
  }
  const saved = await makeBackup(location, loaded.path, { fs, now })
  if (!saved.ok) return saved
  const snapshot = await snapshotAfter(session, loaded)
  if (!snapshot.ok) {
    await dropBackups(saved.value ? [saved.value] : [], new Map(), session.options)
    return snapshot
  }
  const writes = [main.value, ...snapshot.value]
  const item = newItem(context.data, {
    description: loaded.description,
    models: [],
    steps: writes.map((write) => write.step),
    values: [],
    isValuesOnly: false,
    at: now(),
    ...(saved.value && { backup: saved.value.name }),
  })
  const backups = saved.value ? [...context.data.backups, saved.value.name] : context.data.backups
  const done = await commit(context, { writes, data: { ...context.data, backups }, item })
  if (!done.ok) {
    await dropBackups(saved.value ? [saved.value] : [], contentsOf(writes), session.options)
    return done
  }
  await rotate(session, context, done.value)
  return ok(toHistoryItem(item))
}

async function mainWrite(session: RegistrySession, { layer, path, bytes, parsed }: Loaded): Promise<Result<FileWrite>> {
  const current = await readBytes(path, { fs: session.options.fs, maxBytes: MAX_REGISTRY_BYTES })
  if (!current.ok && current.error.code !== 'NOT_FOUND') return current
  if (!current.ok) return ok({ step: stepBetween({ layer, path }, undefined, parsed), bytes, mode: 0o644 })
  const hash = hashOf(current.value.bytes)
  const decoded = decodeText(current.value.bytes, path)
  if (decoded.ok && decoded.value.hasBom === parsed.hasBom) {
    return ok({ step: stepBetween({ layer, path }, { text: decoded.value.text, hash }, parsed), bytes })
  }
  // not UTF-8, or with another byte order mark: the journal keeps the whole bytes
  const step = { ...stepBetween({ layer, path }, { text: '', hash }, { ...parsed, text: '' }) }
  return ok({ step: { ...step, beforeBytes: Buffer.from(current.value.bytes).toString('base64') }, bytes })
}

async function snapshotAfter(
  session: RegistrySession,
  { layer, parsed }: Loaded,
): Promise<Result<readonly FileWrite[]>> {
  const { location, fs } = session.options
  if (location.mode === 'single' || layer === 'snapshot') return ok([])
  const read = await readRegistry(location, { fs, cache: new Map(), skip: layer })
  // the other layer is broken too: the merged file waits until that one is repaired
  if (!read.ok) return ok([])
  const made = nextSnapshot({ ...read.value.layers, [layer]: parsed }, location)
  if (!made.ok || !made.value) return made.ok ? ok([]) : made
  const { path } = made.value
  return ok(writesOf([{ layer: 'snapshot', path, before: read.value.layers.snapshot, after: made.value }], location))
}
