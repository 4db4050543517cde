import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { hasCommand, root } from '../setup/paths.mjs'
import { buildAll } from './build.mjs'
import { run } from './command.mjs'
import { chosenRuntime } from './environment.mjs'
import { packCli } from './package-cli.mjs'

const release = join(root, 'release')
const platformFlags = { linux: '--linux', darwin: '--mac', win32: '--win' }

/** Packages the desktop program and the command line into release/. Arguments name targets; default: what works here. */
export async function packageAll(targets) {
  await buildAll()
  // Leftovers of another version or target must not be taken for results of this run.
  if (targets.length === 0) rmSync(release, { recursive: true, force: true })
  mkdirSync(release, { recursive: true })
  await packCli(release)
  await packDesktop(targets.length > 0 ? targets : defaultTargets())
  // electron-builder's notes to itself name paths of this machine.
  rmSync(join(release, 'builder-debug.yml'), { force: true })
  for (const name of readdirSync(release)) console.log(`release/${name}`)
}

/** AppImage, dmg and nsis need tools that electron-builder downloads, so they are made only when asked for by name. */
function defaultTargets() {
  if (process.platform !== 'linux') return []
  return ['dir', 'tar.gz', ...(hasCommand('dpkg-deb') ? ['deb'] : [])]
}

async function packDesktop(targets) {
  const { dist, version, source } = chosenRuntime()
  if (source === 'registry package') {
    console.log(`Packaging with Electron ${version}, for tests on this host. Release builds need the pinned Electron.`)
  }
  const args = [
    platformFlags[process.platform],
    ...targets,
    '--publish=never',
    `-c.electronDist=${dist}`,
    `-c.electronVersion=${version}`,
  ]
  await run('electron-builder', args, { env: packagingEnvironment() })
}

function packagingEnvironment() {
  const env = { ELECTRON_BUILDER_COMPRESSION_LEVEL: process.env.ELECTRON_BUILDER_COMPRESSION_LEVEL ?? '3' }
  if (process.platform !== 'linux') return env
  return {
    ...env,
    ELECTRON_BUILDER_7ZIP_PATH:
      process.env.ELECTRON_BUILDER_7ZIP_PATH ?? join(root, 'node_modules', '7zip-bin', 'linux', process.arch, '7za'),
    CUSTOM_FPM_PATH: process.env.CUSTOM_FPM_PATH ?? join(root, 'scripts', 'fpm.cjs'),
  }
}
