import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type FileSystem } from '../files/file-system'
import { layerPaths, registryFolder } from './locate-registry'
import { type RegistryLocation } from './registry-service'

export interface WatchOptions {
  readonly location: RegistryLocation
  readonly fs: FileSystem
  /** Revision of what is on the disk now; `undefined` while it cannot be read. */
  readonly revision: () => Promise<string | undefined>
  /** Whether this revision is the one that we read or wrote last. */
  readonly isKnown: (revision: string) => boolean
}

const SETTLE_MS = 120
const POLL_MS = 3000

/**
 * Calls back once for each new content of the registry files that somebody else wrote. File events come from the
 * system; a slow poll of sizes and times stands in where they do not (network drives, links to other folders).
 */
export function watchRegistry(options: WatchOptions, listener: (revision: string) => void): () => void {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let last: string | undefined
  const look = async (): Promise<void> => {
    const revision = await options.revision()
    if (isStopped || revision === undefined || revision === last) return
    last = revision
    if (!options.isKnown(revision)) listener(revision)
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), SETTLE_MS)
    timer.unref()
  }
  const names = new Set(Object.values(layerPaths(options.location)).map((path) => basename(path)))
  const stopEvents = listen(registryFolder(options.location), (name) => {
    if (name === null || names.has(name)) soon()
  })
  const stopPoll = poll(options, soon)
  return () => {
    isStopped = true
    clearTimeout(timer)
    stopEvents()
    stopPoll()
  }
}

function listen(folder: string, onEvent: (name: string | null) => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => onEvent(name))
    watcher.on('error', () => watcher.close()) // the poll goes on
    return () => watcher.close()
  } catch {
    return () => undefined // no events here: the poll alone has to do
  }
}

function poll({ location, fs }: WatchOptions, onChange: () => void): () => void {
  let known: string | undefined
  const tick = async (): Promise<void> => {
    const states = await Promise.all(
      Object.values(layerPaths(location)).map((path) =>
        fs.stat(path).then(
          ({ size, mtimeMs, inode }) => `${size}:${mtimeMs}:${inode}`,
          () => `none in ${dirname(path)}`, // not there: also a state
        ),
      ),
    )
    const state = states.join('|')
    if (known !== undefined && known !== state) onChange()
    known = state
  }
  void tick()
  const timer = setInterval(() => void tick(), POLL_MS)
  timer.unref()
  return () => clearInterval(timer)
}
