import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { type Readable } from 'node:stream'
import { fail, ok, type Result } from '#shared/domain/result'
import { type LogReader } from '#shared/runtime/log-lines/log-reader'
import { createLineText } from './follow-lines'

export interface EngineRun {
  /** Absolute path of the engine's program. */
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly reader: LogReader
  readonly signal: AbortSignal
  /** Output of the engine, byte for byte. */
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
  /** Called once, as soon as the engine serves or has given up, at the latest when it ends. */
  onSettled(): Promise<void>
}

const FORWARDED = ['SIGTERM', 'SIGHUP'] as const

/**
 * Runs an engine to its end: output and signals pass through, its lines are read on the way. Gives its exit status,
 * 128 plus the number for a signal. Error: UNAVAILABLE when it cannot be started.
 */
export function runEngine(run: EngineRun): Promise<Result<number>> {
  return new Promise((resolve) => {
    const child = spawn(run.file, [...run.args], {
      env: { ...run.env },
      shell: false,
      stdio: ['inherit', 'pipe', 'pipe'],
    })
    let settling: Promise<void> | undefined
    const settle = (): Promise<void> => {
      settling ??= run.onSettled()
      return settling
    }
    const afterLine = (): void => {
      if (run.reader.isSettled) void settle()
    }
    const follow = (stream: Readable, name: 'stdout' | 'stderr'): void => {
      const lines = createLineText((line) => {
        run.reader.add(line)
        afterLine()
      })
      stream.on('data', (bytes: Buffer) => {
        run.onOutput(name, bytes)
        lines.add(bytes)
      })
      stream.on('end', lines.end)
    }
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
    // A terminal sends Ctrl-C to the engine as well; anybody else sends it to us alone.
    const interrupt = (): void => {
      if (process.stdin.isTTY !== true) child.kill('SIGINT')
    }
    follow(child.stdout, 'stdout')
    follow(child.stderr, 'stderr')
    for (const signal of FORWARDED) process.on(signal, forward)
    run.signal.addEventListener('abort', interrupt)
    const release = (): void => {
      for (const signal of FORWARDED) process.off(signal, forward)
      run.signal.removeEventListener('abort', interrupt)
    }
    child.on('error', (error) => {
      release()
      resolve(fail('UNAVAILABLE', `${run.file} cannot be started: ${error.message}`))
    })
    child.on('close', (status, signal) => {
      release()
      void settle().then(() => resolve(ok(status ?? 128 + signalNumber(signal))))
    })
  })
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal]
}
