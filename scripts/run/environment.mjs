import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { electronExecutable, root, runtimeFile } from '../setup/paths.mjs'
import { SetupProblem } from '../setup/report.mjs'

/** The runtime that set-up chose: `{ source, dist, version }`. */
export function chosenRuntime() {
  if (!existsSync(runtimeFile)) throw new SetupProblem('Run `npm start` or `npm test` first: they set the checkout up.')
  return JSON.parse(readFileSync(runtimeFile, 'utf8'))
}

/** The environment of every child: local programs first, and the chosen Electron under the names that tools look for. */
export function toolEnvironment() {
  const env = { ...process.env, PATH: join(root, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? '') }
  if (!existsSync(runtimeFile)) return env
  const { dist } = chosenRuntime()
  return { ...env, ELECTRON_OVERRIDE_DIST_PATH: dist, ELECTRON_EXEC_PATH: electronExecutable(dist) }
}

export const isHeadless = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY

/** Chromium refuses to start its sandbox as root. Only for starting a checkout: nothing that ships carries this. */
export const rootFlags = process.platform === 'linux' && process.getuid() === 0 ? ['--no-sandbox'] : []
