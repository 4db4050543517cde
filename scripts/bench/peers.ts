import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const peer = 'node-llama-cpp'
const version = '3.22.1'
const home = join(process.cwd(), '.cache', 'bench-peers')

/**
 * Path of node-llama-cpp's entry, fetched into `.cache` on first use so that the project's own installation stays lean;
 * `undefined` when it cannot be had.
 */
export function fetchNodeLlamaCpp(): string | undefined {
  const entry = join(home, 'node_modules', peer, 'dist', 'index.js')
  if (existsSync(entry)) return entry
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true }))
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--no-package-lock']
  const options = { cwd: home, stdio: 'ignore', timeout: 300_000 } as const
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const done = spawnSync(npm, ['install', ...flags, `${peer}@${version}`], options)
  return done.status === 0 && existsSync(entry) ? entry : undefined
}
