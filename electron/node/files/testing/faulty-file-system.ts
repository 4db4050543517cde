import { type FileSystem, type OpenFile } from '../file-system'
import { systemError } from './memory-file-system'

/** Decides before each call, numbered from 1: let it through, fail it, or write only a part. */
export type Fault = (call: number, operation: string) => string | 'short' | undefined

/** A file system whose calls are counted and can fail; `calls` lists what was asked. */
export function faultyFileSystem(inner: FileSystem, fault: Fault): FileSystem & { readonly calls: readonly string[] } {
  const calls: string[] = []
  const guard = (operation: string, path: string): string | undefined => {
    calls.push(operation)
    const verdict = fault(calls.length, operation)
    if (verdict !== undefined && verdict !== 'short') throw systemError(verdict, path)
    return verdict
  }
  const wrapped = async <T>(operation: string, path: string, work: () => Promise<T>): Promise<T> => {
    guard(operation, path)
    return work()
  }
  return {
    calls,
    open: async (path, how, mode) => {
      guard(`open ${how}`, path)
      return wrapFile(await inner.open(path, how, mode), path, guard)
    },
    rename: (from, to) => wrapped('rename', from, () => inner.rename(from, to)),
    link: (existing, name) => wrapped('link', existing, () => inner.link(existing, name)),
    unlink: (path) => wrapped('unlink', path, () => inner.unlink(path)),
    realpath: (path) => wrapped('realpath', path, () => inner.realpath(path)),
    stat: (path) => wrapped('stat', path, () => inner.stat(path)),
    lstat: (path) => wrapped('lstat', path, () => inner.lstat(path)),
    list: (path) => wrapped('list', path, () => inner.list(path)),
    makeDirectory: (path) => wrapped('makeDirectory', path, () => inner.makeDirectory(path)),
    syncDirectory: (path) => wrapped('syncDirectory', path, () => inner.syncDirectory(path)),
  }
}

function wrapFile(
  file: OpenFile,
  path: string,
  guard: (operation: string, path: string) => string | undefined,
): OpenFile {
  const wrapped = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    guard(operation, path)
    return work()
  }
  return {
    read: (into, position) => wrapped('read', () => file.read(into, position)),
    write: async (bytes) => {
      const verdict = guard('write', path)
      return file.write(verdict === 'short' ? bytes.subarray(0, bytes.length >> 1) : bytes)
    },
    sync: () => wrapped('sync', () => file.sync()),
    stat: () => wrapped('fstat', () => file.stat()),
    chmod: (mode) => wrapped('chmod', () => file.chmod(mode)),
    chown: (uid, gid) => wrapped('chown', () => file.chown(uid, gid)),
    touch: (at) => file.touch(at),
    close: async () => {
      // closed in any case: a test must not run out of handles
      await file.close()
      guard('close', path)
    },
  }
}
