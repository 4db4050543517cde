// node scripts/run.mjs start|dev|test|package : each child gets the runtime that setup.mjs chose, and a display.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url))),
  bin = join(root, 'node_modules', '.bin')
const { dist, version } = JSON.parse(readFileSync(join(root, '.cache', 'runtime.json'), 'utf8'))
const exe = join(
  dist,
  process.platform === 'darwin'
    ? 'Electron.app/Contents/MacOS/Electron'
    : process.platform === 'win32'
      ? 'electron.exe'
      : 'electron',
)
const env = {
  ...process.env,
  PATH: bin + delimiter + process.env.PATH,
  ELECTRON_OVERRIDE_DIST_PATH: dist,
  ELECTRON_EXEC_PATH: exe,
}
const linux = process.platform === 'linux',
  root0 = process.getuid?.() === 0,
  flags = linux && root0 ? ['--no-sandbox'] : []
const headless = linux && !env.DISPLAY && !env.WAYLAND_DISPLAY
const run = (cmd, args, display = false) => {
  const r =
    display && headless
      ? spawnSync('xvfb-run', ['-a', '-s', '-screen 0 1440x900x24', cmd, ...args], { cwd: root, env, stdio: 'inherit' })
      : spawnSync(cmd, args, { cwd: root, env, stdio: 'inherit', shell: process.platform === 'win32' })
  if (r.status !== 0) process.exit(r.status ?? 1)
}
const rest = process.argv.slice(3)
switch (process.argv[2]) {
  case 'build':
    run('electron-vite', ['build', '--logLevel', 'warn'])
    break
  case 'start':
    run('electron-vite', ['build', '--logLevel', 'warn'])
    run(exe, ['.', ...flags, ...rest], true)
    break
  case 'dev':
    run('electron-vite', ['dev', '--watch', '--', ...flags, ...rest], true)
    break
  case 'test':
    run('tsc', ['-b'])
    run('vitest', ['run', ...rest])
    run('electron-vite', ['build', '--logLevel', 'warn'])
    run('playwright', ['test'], true)
    break
  case 'package':
    env.ELECTRON_BUILDER_7ZIP_PATH ??= join(root, 'node_modules/7zip-bin/linux/x64/7za')
    env.CUSTOM_FPM_PATH ??= join(root, 'scripts/fpm.cjs')
    run('electron-vite', ['build', '--logLevel', 'warn'])
    run('electron-builder', ['--linux', ...rest, `-c.electronDist=${dist}`, `-c.electronVersion=${version}`])
    break
}
