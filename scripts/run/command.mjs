import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from '../setup/paths.mjs'
import { isHeadless, toolEnvironment } from './environment.mjs'

/** A step that ended badly; its own output has said why. */
export class StepFailed extends Error {
  constructor(command, status) {
    super(`${command} ended with status ${status}`)
    this.status = status
  }
}

/**
 * Runs one program to its end. `display`: it opens a window, so without a display it gets Xvfb. `quietStdout`: its
 * words go to stderr. `env` is added to the usual environment.
 */
export async function run(command, args, { display = false, quietStdout = false, env = {} } = {}) {
  const [program, ...programArgs] = display && isHeadless ? inXvfb(command, args) : [command, ...args]
  const child = spawn(program, programArgs, {
    cwd: root,
    env: { ...toolEnvironment(), ...env },
    stdio: ['inherit', quietStdout ? 2 : 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  const status = await endOf(child)
  if (status !== 0) throw new StepFailed(command, status)
}

function inXvfb(command, args) {
  return ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24', command, ...args]
}

/** Exit status of a child, 128 + signal when one killed it. Signals sent to us are passed on, and we wait. */
async function endOf(child) {
  const forward = (signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward)
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)))
    })
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, forward)
  }
}
