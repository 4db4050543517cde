// node scripts/run.mjs TASK [ARGUMENTS]: what the npm scripts call once set-up is done.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildAll, freshCli } from './run/build.mjs'
import { run, StepFailed } from './run/command.mjs'
import { chosenRuntime, isHeadless, rootFlags } from './run/environment.mjs'
import { packageAll } from './run/package.mjs'
import { electronExecutable, root } from './setup/paths.mjs'
import { SetupProblem } from './setup/report.mjs'

const tasks = {
  build: () => buildAll(),
  start,
  dev,
  test,
  e2e,
  package: packageAll,
  'self-check': selfCheck,
  headroom,
  'readme-image': readmeImage,
}

async function start(args) {
  await buildAll()
  announceLaunch()
  await run(electronExecutable(chosenRuntime().dist), ['.', ...rootFlags, ...args], { display: true })
}

async function dev(args) {
  announceLaunch()
  await run('electron-vite', ['dev', '--watch', '--', ...rootFlags, ...args], { display: true })
}

async function test(args) {
  await run('biome', ['ci', '--error-on-warnings', '.'])
  await run('tsc', ['-b'])
  await run('vitest', ['run', ...args])
  await buildAll()
  await runSpecs([])
}

async function e2e(args) {
  await buildAll()
  await runSpecs(args)
}

/** Takes the README's picture anew: the estimator as the end-to-end run sees it. */
async function readmeImage() {
  await e2e(['flow-apply', '-g', 'exactly their flags'])
  copyFileSync(
    join(root, 'out', 'e2e', 'screenshots', 'c-diff-1440x900-light.png'),
    join(root, 'docs', 'images', 'estimator.png'),
  )
}

async function runSpecs(args) {
  await run('playwright', ['test', ...args], { display: true })
}

/** Prints nothing of its own, so that `npm run -s headroom -- ... --json` gives one JSON document. */
async function headroom(args) {
  const program = await freshCli()
  process.argv = [process.execPath, program, ...args]
  await import(pathToFileURL(program).href)
}

async function selfCheck() {
  // Needs installed packages, which the other tasks may still have to bring.
  const check = await import('./run/self-check.mjs')
  await check.selfCheck()
}

function announceLaunch() {
  if (isHeadless) console.log('No display: the window opens inside Xvfb, where nobody sees it. Ctrl+C ends it.')
  if (rootFlags.length > 0) console.log("Started as root: Chromium's sandbox is off for this run.")
}

const [name, ...args] = process.argv.slice(2)
try {
  const task = tasks[name]
  if (task === undefined) throw new SetupProblem(`Unknown task. Known: ${Object.keys(tasks).join(', ')}`)
  await task(args)
} catch (error) {
  if (error instanceof StepFailed) process.exitCode = error.status
  else if (error instanceof SetupProblem) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  } else throw error
}
