#!/usr/bin/env node
// @ts-check
// The part of fpm's command line that electron-builder uses for `deb`, done with dpkg-deb (which Debian always has).
const { execFileSync } = require('node:child_process')
const {
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
  copyFileSync,
  chmodSync,
  statSync,
  readdirSync,
  lstatSync,
} = require('node:fs')
const { dirname, join } = require('node:path')
const { tmpdir } = require('node:os')

const one = {},
  many = { '-d': [], '--deb-recommends': [] },
  maps = []
const flags = new Set(['--force', '--debug'])
const argv = process.argv.slice(2)
for (let i = 0; i < argv.length; i++) {
  const a = argv[i]
  if (flags.has(a)) continue
  if (a in many) many[a].push(argv[++i])
  else if (/^--?[a-z]/.test(a)) {
    const eq = a.indexOf('=')
    if (eq > 0) one[a.slice(0, eq)] = a.slice(eq + 1)
    else one[a] = argv[++i]
  } else maps.push(a)
}
if (one['-s'] !== 'dir' || one['-t'] !== 'deb') {
  console.error('this stand-in for fpm only makes deb packages from folders')
  process.exit(64)
}
const root = mkdtempSync(join(tmpdir(), 'deb-'))
try {
  for (const m of maps) {
    const cut = m.lastIndexOf('='),
      from = m.slice(0, cut),
      to = join(root, m.slice(cut + 1))
    if (statSync(from).isDirectory()) cpSync(from, to, { recursive: true, verbatimSymlinks: true })
    else {
      mkdirSync(dirname(to), { recursive: true })
      copyFileSync(from, to)
      chmodSync(to, 0o644)
    }
  }
  const size = (d) =>
    readdirSync(d).reduce((n, f) => {
      const p = join(d, f),
        s = lstatSync(p)
      return n + (s.isDirectory() ? size(p) : s.size)
    }, 0)
  const kb = Math.ceil(size(root) / 1024)
  const [synopsis = '', ...rest] = (one['--description'] ?? '')
    .split('\n')
    .map((l) => l.trim())
    .filter(Boolean)
  const field = (k, v) => (v ? `${k}: ${v}\n` : '')
  const control =
    field('Package', one['--name']) +
    field('Version', one['--version'] + (one['--iteration'] ? '-' + one['--iteration'] : '')) +
    field('Architecture', one['--architecture']) +
    field('Maintainer', one['--maintainer']) +
    field('Installed-Size', kb) +
    field('Depends', many['-d'].join(', ')) +
    field('Recommends', many['--deb-recommends'].join(', ')) +
    field('Section', one['--category'] ?? 'devel') +
    field('Priority', one['--deb-priority']) +
    field('Homepage', one['--url']) +
    field('Description', [synopsis || one['--name'], ...rest.map((l) => ' ' + l)].join('\n'))
  const meta = join(root, 'DEBIAN')
  mkdirSync(meta)
  writeFileSync(join(meta, 'control'), control)
  for (const [k, f] of [
    ['--after-install', 'postinst'],
    ['--after-remove', 'postrm'],
  ])
    if (one[k]) {
      copyFileSync(one[k], join(meta, f))
      chmodSync(join(meta, f), 0o755)
    }
  chmodSync(root, 0o755)
  execFileSync(
    'dpkg-deb',
    [
      '--root-owner-group',
      '-Z' + ({ gz: 'gzip', bzip2: 'gzip', zst: 'zstd' }[one['--deb-compression']] ?? one['--deb-compression'] ?? 'xz'),
      '--build',
      root,
      one['--package'],
    ],
    { stdio: 'inherit' },
  )
} finally {
  rmSync(root, { recursive: true, force: true })
}
