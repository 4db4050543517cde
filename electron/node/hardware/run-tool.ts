import { spawn } from 'node:child_process'
import { fail, ok, type Result } from '#shared/domain/result'

export interface ToolOutput {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

export interface ToolRequest {
  /** Absolute. */
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMilliseconds: number
  /** Of stdout and stderr together. */
  readonly maxOutputBytes: number
}

/**
 * Runs a small helper program to its end: argument array, no shell, no standard input, killed at the deadline or when
 * it writes too much. Errors: UNAVAILABLE (cannot be started), TIMEOUT, LIMIT.
 */
export function runTool(request: ToolRequest): Promise<Result<ToolOutput>> {
  return new Promise((resolve) => {
    const child = spawn(request.file, [...request.args], {
      env: { ...request.env },
      shell: false,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    let bytes = 0
    const finish = (result: Result<ToolOutput>) => {
      clearTimeout(timer)
      // A grandchild may hold the pipes open: do not wait for them.
      child.stdout.destroy()
      child.stderr.destroy()
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      resolve(result)
    }
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > request.maxOutputBytes) finish(fail('LIMIT', `${request.file} wrote more than expected.`))
      else into.push(chunk)
    }
    const timer = setTimeout(
      () => finish(fail('TIMEOUT', `${request.file} did not answer within ${request.timeoutMilliseconds / 1000} s.`)),
      request.timeoutMilliseconds,
    )
    child.stdout.on('data', collect(chunks.stdout))
    child.stderr.on('data', collect(chunks.stderr))
    child.on('error', (error) => finish(fail('UNAVAILABLE', `${request.file} cannot be started: ${error.message}`)))
    child.on('close', (exitCode) => {
      const text = (parts: readonly Buffer[]) => Buffer.concat(parts).toString('utf8')
      finish(ok({ stdout: text(chunks.stdout), stderr: text(chunks.stderr), exitCode }))
    })
  })
}
