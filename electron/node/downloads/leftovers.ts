import { createHash } from 'node:crypto'
import { type Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'
import { ok, type Result } from '#shared/domain/result'
import { fileError, systemCode } from '../files/file-error'
import { acquireLock } from '../files/lock'
import { removePartFile } from '../files/part-file'
import { readText } from '../files/read-text'
import { notedBytes } from '../hub/transfer-state'

/** A file that an unfinished or refused download left behind. */
export interface FoundLeftover {
  readonly id: string
  /** Absolute, of the leftover itself. */
  readonly path: string
  /** Absolute, of the file that it was to become. */
  readonly target: string
  readonly kind: 'part' | 'refused'
  /** What it takes on the disk. */
  readonly bytes: number
  readonly totalBytes?: number
  readonly changedAt: Date
}

export interface LeftoverPlace {
  readonly folder: string
  /**
   * `own`: only downloads write there, so that a part without its note is ours too. `chosen`: downloads were sent there.
   * `entry`: a model of any origin lies there, and only a note proves that a file is ours.
   */
  readonly kind: 'own' | 'chosen' | 'entry'
}

const limits = { depth: 6, folders: 20_000 }
const REFUSED = /\.bad-\d+$/

/**
 * Leftovers under folders, largest first. A `.part` outside our own folders counts only with the note that our downloads
 * keep beside it: other programs use that ending too. A file that was set aside has no note, so it counts only where
 * downloads go. Folders that cannot be read are passed over.
 */
export async function findLeftovers(places: readonly LeftoverPlace[]): Promise<readonly FoundLeftover[]> {
  const found = new Map<string, FoundLeftover>()
  const seen = new Set<string>()
  for (const place of places) {
    for (const folder of await foldersBelow(place.folder, seen)) {
      for (const one of await leftoversIn(folder, place.kind)) found.set(one.path, one)
    }
  }
  return [...found.values()].toSorted((left, right) => right.bytes - left.bytes)
}

/** Removes them and what stands beside them. One that another process is writing stays. Answer: bytes freed. */
export async function removeLeftovers(leftovers: readonly FoundLeftover[]): Promise<Result<number>> {
  let freed = 0
  for (const { path, target, kind, bytes } of leftovers) {
    const lock = await acquireLock(`${target}.part.lock`, { waitMs: 0 })
    if (!lock.ok && lock.error.code === 'LOCKED') continue
    if (!lock.ok) return lock
    try {
      await removePartFile(path)
      if (kind === 'part') await removePartFile(`${path}.json`)
      freed += bytes
    } catch (error) {
      return fileError(error, path, 'remove')
    } finally {
      await lock.value.release()
    }
  }
  return ok(freed)
}

async function foldersBelow(root: string, seen: Set<string>): Promise<readonly string[]> {
  const folders: string[] = []
  let pending = [root]
  for (let depth = 0; depth <= limits.depth && pending.length > 0; depth++) {
    const next: string[] = []
    for (const folder of pending) {
      if (seen.has(folder) || seen.size >= limits.folders) continue
      seen.add(folder)
      folders.push(folder)
      // Links are left out: they can lead round in circles, and out of the library.
      for (const entry of await entriesOf(folder)) if (entry.isDirectory()) next.push(join(folder, entry.name))
    }
    pending = next
  }
  return folders
}

async function leftoversIn(folder: string, place: LeftoverPlace['kind']): Promise<readonly FoundLeftover[]> {
  const found: FoundLeftover[] = []
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name)
    if (!entry.isFile()) continue
    if (entry.name.endsWith('.part')) {
      const totalBytes = await totalOf(`${path}.json`)
      if (place === 'own' || totalBytes !== undefined) {
        const target = join(folder, basename(path, '.part'))
        found.push(...(await measured({ path, target, kind: 'part', ...(totalBytes !== undefined && { totalBytes }) })))
      }
    } else if (place !== 'entry' && REFUSED.test(entry.name)) {
      found.push(...(await measured({ path, target: path.replace(REFUSED, ''), kind: 'refused' })))
    }
  }
  return found
}

/** Whether a process that is alive is writing it. */
export async function isBeingWritten(target: string): Promise<boolean> {
  const path = `${target}.part.lock`
  try {
    await lstat(path)
  } catch (error) {
    if (systemCode(error) !== undefined) return false
    throw error
  }
  // A lock that can be taken was left behind by a process that is gone.
  const lock = await acquireLock(path, { waitMs: 0 })
  if (lock.ok) await lock.value.release()
  return !lock.ok && lock.error.code === 'LOCKED'
}

async function measured(one: Omit<FoundLeftover, 'id' | 'bytes' | 'changedAt'>): Promise<readonly FoundLeftover[]> {
  try {
    const stats = await lstat(one.path)
    // A part is sparse: what counts is the room it takes.
    const bytes = Math.min(stats.size, stats.blocks * 512)
    const id = createHash('sha256').update(one.path).digest('hex').slice(0, 32)
    return [{ ...one, id, bytes, changedAt: stats.mtime }]
  } catch (error) {
    if (systemCode(error) !== undefined) return [] // finished or removed meanwhile
    throw error
  }
}

async function totalOf(note: string): Promise<number | undefined> {
  const text = await readText(note, { maxBytes: 2 ** 20 })
  return text.ok ? notedBytes(text.value.text) : undefined
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (systemCode(error) !== undefined) return []
    throw error
  }
}

/** Everywhere downloads may have gone: our own folder, those that were chosen or named, and those of entries. */
export function leftoverPlaces(
  own: string,
  chosen: readonly string[],
  entries: readonly RegistryEntry[],
): readonly LeftoverPlace[] {
  const stored = entries.flatMap(({ value }) => {
    const path = ownValue(value, 'download_path')
    if (typeof path !== 'string' || !isAbsolute(path)) return []
    return [{ folder: /\.gguf$/i.test(path) ? dirname(path) : path, kind: 'entry' as const }]
  })
  // A folder counts as what it is first, so the strongest reason stands in front.
  return [{ folder: own, kind: 'own' }, ...chosen.map((folder) => ({ folder, kind: 'chosen' as const })), ...stored]
}
