import { createServices } from '../node/services'
import { createWorld } from '../node/world'
import { runCli } from './program'

const interruption = new AbortController()
/** Exit status of a program that was interrupted (128 + SIGINT). */
const INTERRUPTED = 130

process.on('SIGINT', () => {
  // The second time the user means it.
  if (interruption.signal.aborted) process.exit(INTERRUPTED)
  interruption.abort()
})

// A reader that has seen enough (`headroom list | head`) is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

process.exitCode = await runCli(process.argv.slice(2), {
  signal: interruption.signal,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  createServices: () => createServices(createWorld(), { workerUrl: new URL('./parse-worker.mjs', import.meta.url) }),
})
