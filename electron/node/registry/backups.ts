import { basename, join } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { scanDocument } from '#shared/registry/scan-document'
import { fileError } from '../files/file-error'
import { type FileStat, type FileSystem } from '../files/file-system'
import { decodeText, isSameContent, readBytes } from '../files/read-text'
import { createFile, removeFile } from '../files/replace-file'
import { backupName, parseBackupName, surplusBackups } from './backup-names'
import { layerPaths, registryFolder } from './locate-registry'
import { MAX_REGISTRY_BYTES } from './read-registry'
import { type BackupInfo, type RegistryLocation } from './registry-service'

/** All backups of a registry in the name pattern, newest first, whoever made them. */
export async function listBackups(location: RegistryLocation, fs: FileSystem): Promise<Result<readonly BackupInfo[]>> {
  const folder = registryFolder(location)
  const files = new Set(Object.values(layerPaths(location)).map((path) => basename(path)))
  let names: readonly string[]
  try {
    names = await fs.list(folder)
  } catch (error) {
    return fileError(error, folder, 'list')
  }
  const found: BackupInfo[] = []
  for (const name of names) {
    const parsed = parseBackupName(name)
    if (!parsed || !files.has(parsed.file)) continue
    const path = join(folder, name)
    const bytes = await sizeOf(path, fs)
    if (bytes !== undefined) found.push({ name, path, at: parsed.at.toISOString(), bytes, file: parsed.file })
  }
  return ok(
    found.sort((left, right) =>
      left.at === right.at ? (left.name < right.name ? 1 : -1) : left.at < right.at ? 1 : -1,
    ),
  )
}

/** The newest backup of one file that can be read and parsed; the broken ones before it are named. */
export async function newestGoodBackup(
  location: RegistryLocation,
  file: string,
  fs: FileSystem,
): Promise<{ readonly backup?: BackupInfo; readonly broken: readonly string[] }> {
  const listed = await listBackups(location, fs)
  const broken: string[] = []
  for (const backup of listed.ok ? listed.value.filter((one) => one.file === file) : []) {
    const read = await readBytes(backup.path, { fs, maxBytes: MAX_REGISTRY_BYTES })
    const decoded = read.ok ? decodeText(read.value.bytes, backup.path) : read
    if (decoded.ok && scanDocument(decoded.value.text).ok) return { backup, broken }
    broken.push(backup.name)
  }
  return { broken }
}

export interface MadeBackup {
  readonly name: string
  /** The file of which it is a copy. */
  readonly path: string
}

export interface BackupWorld {
  readonly fs: FileSystem
  readonly now: () => Date
  /** The content, when it was read already: what a change is made from is what is kept. */
  readonly known?: { readonly bytes: Uint8Array; readonly stat: FileStat }
}

/**
 * Copies one file of the registry to a name in the pattern (the next free second when several are made at once) and
 * reads the copy back. Nothing when the file does not exist yet.
 */
export async function makeBackup(
  location: RegistryLocation,
  path: string,
  { fs, now, known }: BackupWorld,
): Promise<Result<MadeBackup | undefined>> {
  const read = known ? ok(known) : await readBytes(path, { fs, maxBytes: MAX_REGISTRY_BYTES })
  if (!read.ok) return read.error.code === 'NOT_FOUND' ? ok(undefined) : read
  const { bytes, stat } = read.value
  const start = await firstFreeTime(location, path, { fs, now })
  for (let second = 0; second < 3600; second += 1) {
    const name = backupName(path, new Date(start + second * 1000))
    const target = join(registryFolder(location), name)
    const made = await createFile(target, bytes, { fs, mode: stat.mode })
    if (!made.ok && made.error.code !== 'BUSY') return made
    if (!made.ok) continue
    const same = await isSameContent(target, bytes, fs)
    if (same.ok && same.value) return ok({ name, path })
    return fail('IO', `The backup "${name}" could not be read back.`, {
      hint: 'Nothing was changed. Check the disk.',
      path: target,
    })
  }
  return fail('BUSY', 'No free name for a backup was found.', { hint: 'Move old backups away.' })
}

/**
 * Takes backups of a change away that did not happen. One whose file holds the new content (`after`, by path) or cannot
 * be read stays: taking the change back failed as well, and it is the only good copy until the next start settles that.
 */
export async function dropBackups(
  made: readonly MadeBackup[],
  after: ReadonlyMap<string, Uint8Array>,
  { location, fs }: { readonly location: RegistryLocation; readonly fs: FileSystem },
): Promise<void> {
  for (const { name, path } of made) {
    const content = after.get(path)
    const isOurs = content ? await isSameContent(path, content, fs) : ok(false)
    // one that cannot be removed is only a file too many
    if (isOurs.ok && !isOurs.value) await removeFile(join(registryFolder(location), name), fs)
  }
}

/** A backup is always the newest by name, also when several are made in one second or the clock was set back. */
async function firstFreeTime(
  location: RegistryLocation,
  path: string,
  { fs, now }: { fs: FileSystem; now: () => Date },
): Promise<number> {
  const time = now().getTime()
  const listed = await listBackups(location, fs)
  const own = listed.ok ? listed.value.filter((backup) => backup.file === basename(path)) : []
  // a name far in the future is a mistake of somebody's clock and not followed
  const times = own.map((backup) => Date.parse(backup.at)).filter((one) => one < time + 24 * 3600 * 1000)
  return Math.max(time, ...times.map((one) => one + 1000))
}

/** Removes surplus backups that we made ourselves; returns the names of ours that are left. */
export async function rotateBackups(
  location: RegistryLocation,
  own: readonly string[],
  fs: FileSystem,
): Promise<readonly string[]> {
  const listed = await listBackups(location, fs)
  if (!listed.ok) return own
  const present = new Set(listed.value.map((backup) => backup.name))
  const kept = own.filter((name) => present.has(name))
  const parsed = kept.flatMap((name) => parseBackupName(name) ?? [])
  const files = new Set(parsed.map((backup) => backup.file))
  const surplus = [...files].flatMap((file) => surplusBackups(parsed.filter((backup) => backup.file === file)))
  const gone = new Set<string>()
  for (const backup of surplus) {
    // one that cannot be removed stays in the list and is tried again next time
    const removed = await removeFile(join(registryFolder(location), backup.name), fs)
    if (removed.ok) gone.add(backup.name)
  }
  return kept.filter((name) => !gone.has(name))
}

async function sizeOf(path: string, fs: FileSystem): Promise<number | undefined> {
  try {
    const stat = await fs.stat(path)
    return stat.kind === 'file' ? stat.size : undefined
  } catch {
    return undefined // gone between listing and looking
  }
}
