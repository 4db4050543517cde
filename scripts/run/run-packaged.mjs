import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isHeadless, rootFlags } from './environment.mjs'

const timeoutMs = 60_000

/** Runs the packaged program to its end, in a data folder of its own and on a display of some kind. */
export function runPackaged(program, args, env = {}) {
  const box = mkdtempSync(join(tmpdir(), 'headroom-packaged-'))
  try {
    const all = [...args, ...rootFlags]
    const [command, ...rest] = isHeadless ? ['xvfb-run', '-a', program, ...all] : [program, ...all]
    return spawnSync(command, rest, {
      env: { ...process.env, HEADROOM_DATA_DIR: box, ...env },
      encoding: 'utf8',
      timeout: timeoutMs,
    })
  } finally {
    rmSync(box, { recursive: true, force: true })
  }
}
