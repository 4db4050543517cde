// The command line as a package of its own: a plain Node program with nothing to install.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { run } from './command.mjs'

const oldestNode = '>=20.11'

/** Writes headroom-cli-<version>.tgz into `release`. */
export async function packCli(release) {
  const { version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const box = mkdtempSync(join(tmpdir(), 'headroom-cli-'))
  try {
    cpSync(join(root, 'out', 'cli'), join(box, 'cli'), { recursive: true })
    const program = 'cli/headroom.mjs'
    const manifest = {
      name: 'headroom-cli',
      version,
      description,
      license,
      type: 'module',
      bin: { headroom: program, 'imageworks-download': program },
      engines: { node: oldestNode },
    }
    writeFileSync(join(box, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    await run('npm', ['pack', box, '--pack-destination', release, '--silent', '--ignore-scripts'])
  } finally {
    rmSync(box, { recursive: true, force: true })
  }
}
