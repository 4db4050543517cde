import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { SetupProblem } from '../setup/report.mjs'
import { checkPackage } from './packaged-checks.mjs'
import { runPackaged } from './run-packaged.mjs'

/** Looks the package over, runs its own check in a data folder of its own, and prints that check's JSON. */
export async function selfCheck() {
  const program = packagedProgram()
  await checkPackage(program)
  const done = runPackaged(program, ['--self-check'])
  const report = lastJsonLine(done.stdout ?? '')
  if (done.status === 0 && report?.ok === true) return void console.log(JSON.stringify(report))
  process.stderr.write(done.stderr ?? '')
  throw new SetupProblem(`The packaged program failed its check (status ${done.status}): ${done.stdout}`)
}

function packagedProgram() {
  const release = join(root, 'release')
  const folders = existsSync(release) ? readdirSync(release).filter((name) => /unpacked$|^mac/.test(name)) : []
  const places = [
    'headroom-desktop',
    'Headroom.exe',
    'headroom-desktop.exe',
    'Headroom.app/Contents/MacOS/Headroom',
  ].flatMap((name) => folders.map((folder) => join(release, folder, name)))
  const program = places.find((place) => existsSync(place))
  if (program === undefined) throw new SetupProblem('No packaged program found. Run `npm run package -- dir` first.')
  return program
}

function lastJsonLine(text) {
  const line = text.split('\n').findLast((candidate) => candidate.startsWith('{'))
  return line === undefined ? undefined : JSON.parse(line)
}
