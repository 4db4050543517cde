import { posix } from 'node:path'
import { type FileStat, type FileSystem, type OpenFile, type OpenMode } from '../file-system'

interface FileNode {
  readonly kind: 'file'
  readonly id: number
  data: Uint8Array
  /** What is surely on the disk; undefined while never flushed. */
  durable: Uint8Array | undefined
  mode: number
  mtimeMs: number
}
interface DirectoryNode {
  readonly kind: 'directory'
  readonly id: number
  entries: Map<string, Node>
  durable: Map<string, Node>
}
type Node = FileNode | DirectoryNode

/** What a power cut leaves of names and of contents that were not flushed. */
export interface PowerCut {
  /** Names since the last flush of their folder: all lost, all kept, or every second one kept. */
  readonly names: 'lost' | 'kept' | 'mixed'
  readonly contents: 'empty' | 'half' | 'zeros'
}

/** A disk in memory that knows what was flushed, so that a power cut can be played after any call. */
export class MemoryFileSystem implements FileSystem {
  #root: DirectoryNode = { kind: 'directory', id: 0, entries: new Map(), durable: new Map() }
  #nextId = 1
  #clock = 1_000_000

  async open(path: string, how: OpenMode, mode = 0o600): Promise<OpenFile> {
    const parent = this.#directory(posix.dirname(path))
    const name = posix.basename(path)
    const known = parent.entries.get(name)
    if (how === 'create' && known) throw systemError('EEXIST', path)
    if (how !== 'create' && !known) throw systemError('ENOENT', path)
    if (known?.kind === 'directory' && how !== 'read') throw systemError('EISDIR', path)
    const node: Node = known ?? this.#newFile(mode)
    parent.entries.set(name, node)
    return this.#handle(node, path)
  }

  async rename(from: string, to: string): Promise<void> {
    const node = this.#entry(from)
    this.#directory(posix.dirname(to)).entries.set(posix.basename(to), node)
    this.#directory(posix.dirname(from)).entries.delete(posix.basename(from))
  }

  async link(existing: string, name: string): Promise<void> {
    const node = this.#entry(existing)
    const parent = this.#directory(posix.dirname(name))
    if (parent.entries.has(posix.basename(name))) throw systemError('EEXIST', name)
    parent.entries.set(posix.basename(name), node)
  }

  async unlink(path: string): Promise<void> {
    this.#entry(path)
    this.#directory(posix.dirname(path)).entries.delete(posix.basename(path))
  }

  async realpath(path: string): Promise<string> {
    this.#entry(path)
    return posix.normalize(path)
  }

  async stat(path: string): Promise<FileStat> {
    return statOf(this.#entry(path))
  }

  lstat(path: string): Promise<FileStat> {
    return this.stat(path)
  }

  async list(directory: string): Promise<readonly string[]> {
    return [...this.#directory(directory).entries.keys()]
  }

  async makeDirectory(path: string): Promise<void> {
    let current = this.#root
    for (const part of path.split('/').filter(Boolean)) {
      const next = current.entries.get(part) ?? {
        kind: 'directory',
        id: this.#nextId++,
        entries: new Map(),
        durable: new Map(),
      }
      if (next.kind !== 'directory') throw systemError('ENOTDIR', path)
      current.entries.set(part, next)
      current = next
    }
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.#directory(path)
    directory.durable = new Map(directory.entries)
  }

  /** Puts a file on the disk for good. */
  put(path: string, text: string): void {
    const node = this.#newFile(0o644)
    node.data = Buffer.from(text, 'utf8')
    node.durable = node.data
    const parent = this.#directory(posix.dirname(path))
    parent.entries.set(posix.basename(path), node)
    parent.durable.set(posix.basename(path), node)
  }

  /** Text of a file, undefined when it is not there. */
  text(path: string): string | undefined {
    try {
      const node = this.#entry(path)
      return node.kind === 'file' ? Buffer.from(node.data).toString('utf8') : undefined
    } catch {
      return undefined
    }
  }

  /** Everything that is in memory now counts as flushed. */
  settle(): void {
    this.#root = copy(this.#root, { names: 'kept', contents: 'half' }, true)
  }

  /** The disk as it may be found after the power went away at this moment. */
  afterPowerCut(cut: PowerCut): MemoryFileSystem {
    const next = new MemoryFileSystem()
    next.#root = copy(this.#root, cut, false)
    next.#nextId = this.#nextId
    next.#clock = this.#clock
    return next
  }

  #newFile(mode: number): FileNode {
    return {
      kind: 'file',
      id: this.#nextId++,
      data: new Uint8Array(),
      durable: undefined,
      mode,
      mtimeMs: this.#clock++,
    }
  }

  #entry(path: string): Node {
    let node: Node = this.#root
    for (const part of path.split('/').filter(Boolean)) {
      const next: Node | undefined = node.kind === 'directory' ? node.entries.get(part) : undefined
      if (!next) throw systemError('ENOENT', path)
      node = next
    }
    return node
  }

  #directory(path: string): DirectoryNode {
    const node = this.#entry(path)
    if (node.kind !== 'directory') throw systemError('ENOTDIR', path)
    return node
  }

  #handle(node: Node, path: string): OpenFile {
    const file = (): FileNode => {
      if (node.kind !== 'file') throw systemError('EISDIR', path)
      return node
    }
    return {
      read: async (into, position) => {
        const part = file().data.subarray(position, position + into.length)
        into.set(part)
        return part.length
      },
      write: async (bytes) => {
        const target = file()
        target.data = Buffer.concat([target.data, bytes])
        target.mtimeMs = this.#clock++
        return bytes.length
      },
      sync: async () => {
        file().durable = file().data
      },
      stat: async () => statOf(node),
      chmod: async (mode) => {
        file().mode = mode
      },
      chown: async () => undefined,
      touch: async () => {
        file().mtimeMs = this.#clock++
      },
      close: async () => undefined,
    }
  }
}

function copy(
  directory: DirectoryNode,
  cut: PowerCut,
  isSettled: boolean,
  seen = new Map<Node, Node>(),
): DirectoryNode {
  const entries = new Map<string, Node>()
  let turn = 0
  const names = new Set([...directory.durable.keys(), ...directory.entries.keys()])
  for (const name of names) {
    const [old, now] = [directory.durable.get(name), directory.entries.get(name)]
    const isKept = cut.names === 'kept' || (cut.names === 'mixed' && old !== now && turn++ % 2 === 0)
    const node = isKept ? now : old
    if (!node) continue
    const known = seen.get(node)
    const copied =
      known ?? (node.kind === 'directory' ? copy(node, cut, isSettled, seen) : copyFile(node, cut, isSettled))
    seen.set(node, copied)
    entries.set(name, copied)
  }
  return { ...directory, entries, durable: new Map(entries) }
}

function copyFile(node: FileNode, { contents }: PowerCut, isSettled: boolean): FileNode {
  const isFlushed = isSettled || node.durable === node.data
  const data = isFlushed ? node.data : lose(node.data, contents)
  return { ...node, data, durable: data }
}

function lose(data: Uint8Array, contents: PowerCut['contents']): Uint8Array {
  if (contents === 'empty') return new Uint8Array()
  return contents === 'half' ? data.slice(0, data.length >> 1) : new Uint8Array(data.length)
}

function statOf(node: Node): FileStat {
  const common = { uid: 0, gid: 0, inode: node.id }
  if (node.kind === 'directory') return { ...common, kind: 'directory', size: 0, mtimeMs: 0, mode: 0o755 }
  return { ...common, kind: 'file', size: node.data.length, mtimeMs: node.mtimeMs, mode: node.mode }
}

/** An error as the system throws it. */
export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
