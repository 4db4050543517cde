// Makes the checkout ready to run: packages, an Electron, system libraries. Uses node: modules only, so that a bare
// clone can run it on Node 20.11. Idempotent: a second run only compares.
import { ensureRuntime } from './setup/electron-runtime.mjs'
import { withLock } from './setup/lock.mjs'
import { checkNode, ensurePackages } from './setup/packages.mjs'
import { SetupProblem, say } from './setup/report.mjs'
import { ensureSystemLibraries } from './setup/system-libraries.mjs'

try {
  checkNode()
  await withLock(async () => {
    ensurePackages()
    const runtime = await ensureRuntime()
    ensureSystemLibraries(runtime.dist)
    say(`ready: Electron ${runtime.version} (${runtime.source})`)
  })
} catch (error) {
  if (!(error instanceof SetupProblem)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
