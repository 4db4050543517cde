#!/usr/bin/env node
// Stands in for fpm, which Debian does not have: the part of its command line that electron-builder uses for `deb`, done
// with dpkg-deb, which Debian always has.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const { tmpdir } = require('node:os')
const { dirname, join } = require('node:path')

/** dpkg-deb's names of the compressions that fpm knows. */
const compressions = { gz: 'gzip', bzip2: 'gzip', zst: 'zstd' }
const switches = new Set(['--force', '--debug'])
const repeatable = new Set(['-d', '--deb-recommends'])

const options = readArguments(process.argv.slice(2))
if (options.one['-s'] !== 'dir' || options.one['-t'] !== 'deb') {
  console.error('this stand-in for fpm only makes deb packages from folders')
  process.exit(64)
}
const root = fs.mkdtempSync(join(tmpdir(), 'deb-'))
try {
  for (const mapping of options.mappings) copyInto(root, mapping)
  writeControl(root, options)
  buildDeb(root, options.one)
} finally {
  fs.rmSync(root, { recursive: true, force: true })
}

function readArguments(args) {
  const one = {}
  const many = Object.fromEntries([...repeatable].map((name) => [name, []]))
  const mappings = []
  for (let index = 0; index < args.length; index++) {
    const text = args[index]
    if (switches.has(text)) continue
    const equals = text.indexOf('=')
    if (repeatable.has(text)) many[text].push(args[++index])
    else if (!/^--?[a-z]/.test(text)) mappings.push(text)
    else if (equals > 0) one[text.slice(0, equals)] = text.slice(equals + 1)
    else one[text] = args[++index]
  }
  return { one, many, mappings }
}

/** A mapping is `source=target inside the package`. */
function copyInto(folder, mapping) {
  const cut = mapping.lastIndexOf('=')
  const from = mapping.slice(0, cut)
  const to = join(folder, mapping.slice(cut + 1))
  if (fs.statSync(from).isDirectory()) {
    fs.cpSync(from, to, { recursive: true, verbatimSymlinks: true })
    return
  }
  fs.mkdirSync(dirname(to), { recursive: true })
  fs.copyFileSync(from, to)
  fs.chmodSync(to, 0o644)
}

function writeControl(folder, { one, many }) {
  const iteration = one['--iteration'] ? `-${one['--iteration']}` : ''
  const [synopsis = one['--name'], ...rest] = (one['--description'] ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  const fields = {
    Package: one['--name'],
    Version: `${one['--version']}${iteration}`,
    Architecture: one['--architecture'],
    Maintainer: one['--maintainer'],
    'Installed-Size': Math.ceil(bytesIn(folder) / 1024),
    Depends: many['-d'].join(', '),
    Recommends: many['--deb-recommends'].join(', '),
    Section: one['--category'] ?? 'devel',
    Priority: one['--deb-priority'],
    Homepage: one['--url'],
    Description: [synopsis, ...rest.map((line) => ` ${line}`)].join('\n'),
  }
  const lines = Object.entries(fields).flatMap(([name, value]) => (value ? [`${name}: ${value}\n`] : []))
  const meta = join(folder, 'DEBIAN')
  fs.mkdirSync(meta)
  fs.writeFileSync(join(meta, 'control'), lines.join(''))
  copyScript(one['--after-install'], join(meta, 'postinst'))
  copyScript(one['--after-remove'], join(meta, 'postrm'))
}

function copyScript(from, to) {
  if (!from) return
  fs.copyFileSync(from, to)
  fs.chmodSync(to, 0o755)
}

function bytesIn(folder) {
  return fs.readdirSync(folder).reduce((total, name) => {
    const path = join(folder, name)
    const stats = fs.lstatSync(path)
    return total + (stats.isDirectory() ? bytesIn(path) : stats.size)
  }, 0)
}

function buildDeb(folder, one) {
  const asked = one['--deb-compression'] ?? 'xz'
  fs.chmodSync(folder, 0o755)
  const args = ['--root-owner-group', `-Z${compressions[asked] ?? asked}`, '--build', folder, one['--package']]
  execFileSync('dpkg-deb', args, { stdio: 'inherit' })
}
