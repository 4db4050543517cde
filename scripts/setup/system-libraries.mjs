// Debian's libraries that Electron links against, and Xvfb for machines without a display.
import { spawnSync } from 'node:child_process'
import { electronExecutable, hasCommand } from './paths.mjs'
import { SetupProblem, say } from './report.mjs'

/** Alternatives, older name first: Debian 13 and Ubuntu 24.04 renamed some packages with the 64-bit time change. */
const packages = [
  ['libnss3'],
  ['libgtk-3-0', 'libgtk-3-0t64'],
  ['libgbm1'],
  ['libasound2', 'libasound2t64'],
  ['libxss1'],
  ['libatk-bridge2.0-0', 'libatk-bridge2.0-0t64'],
  ['libdrm2'],
  ['libcups2', 'libcups2t64'],
  ['xvfb'],
  ['xauth'],
]

export function ensureSystemLibraries(dist) {
  if (process.platform !== 'linux') return
  const missing = [...missingLibraries(dist), ...(needsXvfb() ? ['xvfb-run'] : [])]
  if (missing.length === 0) return
  const isRoot = process.getuid() === 0
  if (!isRoot || !hasCommand('apt-get')) {
    throw new SetupProblem(`Missing: ${missing.join(' ')}\nRun: sudo apt-get update && sudo ${installLine().join(' ')}`)
  }
  say('installing system libraries')
  apt(['apt-get', '-qq', 'update'])
  apt([...installLine(), '-qq'])
  const still = missingLibraries(dist)
  if (still.length > 0) throw new SetupProblem(`Still missing after the installation: ${still.join(' ')}`)
}

function missingLibraries(dist) {
  const linked = spawnSync('ldd', [electronExecutable(dist)], { encoding: 'utf8' })
  return linked.stdout?.match(/\S+(?= => not found)/g) ?? []
}

function needsXvfb() {
  return !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY && !hasCommand('xvfb-run')
}

function installLine() {
  const names = packages.map((names) => names.find(isKnownToApt) ?? names[0])
  return ['apt-get', 'install', '-y', '--no-install-recommends', ...names]
}

function isKnownToApt(name) {
  const asked = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' })
  return /Candidate: (?!\(none\))/.test(asked.stdout ?? '')
}

function apt([command, ...args]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const done = spawnSync(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (done.status !== 0) throw new SetupProblem(`${command} failed; its own message is above.`)
}
