import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.mjs'
import { SetupProblem, say } from './report.mjs'

/** On Linux x64 the pinned Node arrives as a package; elsewhere the installed one does the work and must be new enough. */
const needed = process.platform === 'linux' && process.arch === 'x64' ? [20, 11] : [22, 12]

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return
  throw new SetupProblem(`Node ${needed.join('.')} or newer is needed here; this is ${process.versions.node}.`)
}

/** Installs what package-lock.json asks for, unless exactly that is there already. */
export function ensurePackages() {
  if (!arePackagesCurrent()) {
    say('installing packages')
    const windows = process.platform === 'win32'
    // npm's own chatter goes to stderr with the rest of the set-up's words.
    const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: windows,
    })
    if (done.status !== 0) throw new SetupProblem('npm ci failed; its own message is above.')
  }
  makeArchiverExecutable()
}

function arePackagesCurrent() {
  const wanted = readLock(join(root, 'package-lock.json'))
  const present = readLock(join(root, 'node_modules', '.package-lock.json'))
  if (wanted === undefined || present === undefined) return false
  const wantedNames = Object.keys(wanted).filter((name) => name !== '')
  return (
    Object.keys(present).every((name) => wanted[name]?.version === present[name].version) &&
    wantedNames.every((name) => name in present || wanted[name].optional === true) &&
    existsSync(join(root, 'node_modules', '.bin', 'electron-vite'))
  )
}

function readLock(file) {
  if (!existsSync(file)) return undefined
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

/** The 7-Zip package ships its program without the executable bit; packaging needs it. */
function makeArchiverExecutable() {
  const archiver = join(root, 'node_modules', '7zip-bin', 'linux', process.arch, '7za')
  if (existsSync(archiver)) chmodSync(archiver, 0o755)
}
