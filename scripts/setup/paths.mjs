import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const cacheDir = join(root, '.cache')
export const runtimeFile = join(cacheDir, 'runtime.json')

const executables = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }

/** The program inside an Electron folder. */
export function electronExecutable(dist) {
  return join(dist, executables[process.platform] ?? 'electron')
}

/** Whether a command can be found through PATH. */
export function hasCommand(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)))
}
