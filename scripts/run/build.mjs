import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from '../setup/lock.mjs'
import { ensurePackages } from '../setup/packages.mjs'
import { root } from '../setup/paths.mjs'
import { run } from './command.mjs'

const cliProgram = join(root, 'out', 'cli', 'headroom.mjs')
/** What the command line is built from. */
const cliSources = ['electron', 'shared', 'package.json', 'vite.cli.config.ts']

/** The window's three bundles and the command line. */
export async function buildAll(options) {
  await buildWindow(options)
  await buildCli(options)
}

export async function buildWindow(options) {
  await run('electron-vite', ['build', '--logLevel', 'warn'], options)
  checkPreload()
}

async function buildCli(options) {
  await run('vite', ['build', '--config', 'vite.cli.config.ts', '--logLevel', 'warn'], options)
}

/** Path of the command line, built first when it is absent or older than its sources. Silent on stdout. */
export async function freshCli() {
  if (!isCliFresh()) {
    await withLock(async () => {
      if (isCliFresh()) return
      ensurePackages()
      await buildCli({ quietStdout: true })
    })
  }
  return cliProgram
}

function isCliFresh() {
  if (!existsSync(cliProgram)) return false
  const builtMs = statSync(cliProgram).mtimeMs
  return cliSources.every((name) => newestMs(join(root, name)) <= builtMs)
}

function newestMs(path) {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))))
}

/** A sandboxed preload is one CommonJS file that can require nothing but Electron; zod in it would mean a stray import. */
function checkPreload() {
  const folder = join(root, 'out', 'preload')
  const files = readdirSync(folder)
  if (files.join() !== 'preload.cjs')
    throw new Error(`The preload must be one file, preload.cjs; found: ${files.join(', ')}`)
  const text = readFileSync(join(folder, 'preload.cjs'), 'utf8')
  const required = [...text.matchAll(/\brequire\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map((match) => match[1])
  const foreign = required.filter((name) => name !== 'electron')
  if (foreign.length > 0) throw new Error(`The preload may require only electron; it requires ${foreign.join(', ')}`)
  if (/\bimport\s*\(|\bZodError\b/.test(text)) throw new Error('The preload must not import at run time or bundle zod.')
}
