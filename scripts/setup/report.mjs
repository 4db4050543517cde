// What set-up says. Everything goes to stderr, so that a command whose output is piped stays clean.
const startedMs = performance.now()

/** One line of progress, with the seconds since the start. */
export function say(text) {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  process.stderr.write(`[setup ${seconds}s] ${text}\n`)
}

/** A condition that the user has to change: printed without a stack trace. */
export class SetupProblem extends Error {}
