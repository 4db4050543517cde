import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { app } from 'electron'
import { logWarning } from './log'

/**
 * Puts Chromium's own files (cache, zoom levels, the lock of the single instance) beside the program's data, unless
 * `--user-data-dir` says otherwise. Must run before `ready`.
 */
export function keepProfileIn(dataDir: string): void {
  if (app.commandLine.hasSwitch('user-data-dir')) return
  const folder = join(dataDir, 'window')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    app.setPath('userData', folder)
  } catch (error) {
    // The window still opens, with Electron's default folder; the pages report what cannot be saved.
    logWarning(`the data folder cannot be used: ${String(error)}`)
  }
}
