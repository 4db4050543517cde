import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The growing file of a download, beside its target. Writes are positional, so several ranges can arrive at once. */
export interface PartFile {
  readonly path: string
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Everything written so far is on the disk when this returns. */
  flush(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens or creates a part file and makes it `bytes` long (sparse where the file system can). Throws the system's error
 * (ENOSPC, EACCES, ...); a link planted at the name is refused (ELOOP).
 */
export async function openPartFile(path: string, bytes: number): Promise<PartFile> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EISDIR' })
    if (stats.size !== bytes) await file.truncate(bytes)
  } catch (error) {
    await file.close()
    throw error
  }
  return {
    path,
    write: (data, position) => writeAll(file, data, position),
    flush: () => file.datasync(),
    close: () => file.close(),
  }
}

async function writeAll(file: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done)
    done += bytesWritten
  }
}

/**
 * Gives a finished part file its name. Never replaces a file that appeared there meanwhile (throws EEXIST): a hard link
 * refuses an existing name, which `rename` would not; where links are unknown the name is looked at first.
 */
export async function commitPartFile(part: string, target: string): Promise<void> {
  try {
    await link(part, target)
    await unlink(part)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error
    if (await exists(target)) throw Object.assign(new Error('the target exists'), { code: 'EEXIST' })
    await rename(part, target)
  }
  await syncFolder(dirname(target))
}

/** Sets a part file with wrong content aside under the first free name `<target>.bad-N` and returns it. */
export async function quarantinePartFile(part: string, target: string): Promise<string> {
  for (let number = 1; ; number++) {
    const aside = `${target}.bad-${number}`
    if (await exists(aside)) continue
    await rename(part, aside)
    return aside
  }
}

export async function removePartFile(path: string): Promise<void> {
  await rm(path, { force: true })
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return // Windows has no flush for folders
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
