import { constants } from 'node:fs'
import { type FileHandle, link, lstat, mkdir, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises'

/** What the writers need to know of a file. Times in milliseconds. */
export interface FileStat {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly size: number
  readonly mtimeMs: number
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly inode: number
}

export interface OpenFile {
  /** Reads at a position; 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes what it can and says how much: a full disk can take a part. */
  write(bytes: Uint8Array): Promise<number>
  sync(): Promise<void>
  stat(): Promise<FileStat>
  chmod(mode: number): Promise<void>
  chown(uid: number, gid: number): Promise<void>
  /** Sets the modification time: the heartbeat of a lock. */
  touch(at: Date): Promise<void>
  close(): Promise<void>
}

/** `create` refuses an existing name and follows no link; `append` needs the file to be there. */
export type OpenMode = 'read' | 'create' | 'append'

/** The few operations through which files of the user are written; a test double can fail or crash at each of them. */
export interface FileSystem {
  open(path: string, how: OpenMode, mode?: number): Promise<OpenFile>
  rename(from: string, to: string): Promise<void>
  /** A second name for a file; fails when the name is taken. */
  link(existing: string, name: string): Promise<void>
  unlink(path: string): Promise<void>
  realpath(path: string): Promise<string>
  stat(path: string): Promise<FileStat>
  lstat(path: string): Promise<FileStat>
  list(directory: string): Promise<readonly string[]>
  makeDirectory(path: string): Promise<void>
  syncDirectory(path: string): Promise<void>
}

/** Writes until everything is taken; a disk that takes nothing more is full. */
export async function writeAll(file: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const written = await file.write(bytes.subarray(done))
    if (written <= 0) throw Object.assign(new Error('the disk took no more data'), { code: 'ENOSPC' })
    done += written
  }
}

const FLAGS: Readonly<Record<OpenMode, number>> = {
  // a FIFO without a writer must not block the opening
  read: constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  append: constants.O_RDWR | constants.O_APPEND,
}

/** The real disk. */
export const diskFileSystem: FileSystem = {
  open: async (path, how, mode = 0o600) => wrapHandle(await open(path, FLAGS[how], mode)),
  rename,
  link,
  unlink,
  realpath: (path) => realpath(path),
  stat: async (path) => toStat(await stat(path)),
  lstat: async (path) => toStat(await lstat(path)),
  list: (directory) => readdir(directory),
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },
  syncDirectory: async (path) => {
    // Windows has no way to flush a directory
    if (process.platform === 'win32') return
    const handle = await open(path, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}

function wrapHandle(handle: FileHandle): OpenFile {
  return {
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    write: async (bytes) => (await handle.write(bytes, 0, bytes.length)).bytesWritten,
    sync: () => handle.sync(),
    stat: async () => toStat(await handle.stat()),
    chmod: (mode) => handle.chmod(mode),
    chown: (uid, gid) => handle.chown(uid, gid),
    touch: (at) => handle.utimes(at, at),
    close: () => handle.close(),
  }
}

function toStat(stats: import('node:fs').Stats): FileStat {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other'
  const { size, mtimeMs, uid, gid, ino } = stats
  return { kind, size, mtimeMs, mode: stats.mode & 0o7777, uid, gid, inode: ino }
}
