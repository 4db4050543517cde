// What a package must be, read from the built program itself: fuses, contents, and that Node's back doors are shut.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { SetupProblem } from '../setup/report.mjs'
import { runPackaged } from './run-packaged.mjs'

const wantedFuses = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  GrantFileProtocolExtraPrivileges: false,
}

/** Stops with the first thing that is wrong with the packaged program. */
export async function checkPackage(program) {
  await checkFuses(program)
  checkContents(resourcesOf(program))
  checkBackDoors(program)
}

async function checkFuses(program) {
  const wire = await getCurrentFuseWire(program)
  for (const [name, wanted] of Object.entries(wantedFuses)) {
    const isOn = wire[FuseV1Options[name]] === FuseState.ENABLE
    if (isOn !== wanted) throw new SetupProblem(`The fuse ${name} is ${isOn ? 'on' : 'off'} in the package.`)
  }
}

function resourcesOf(program) {
  const beside = join(dirname(program), 'resources')
  return existsSync(beside) ? beside : join(dirname(dirname(program)), 'Resources')
}

/** The program is in the archive and nowhere else, and nothing in it turns the sandbox off. */
function checkContents(resources) {
  const strays = readdirSync(resources).filter(
    (name) => /^(?:app|default_app)(?:\.|$)/.test(name) && name !== 'app.asar',
  )
  if (strays.length > 0) throw new SetupProblem(`Left over in the package: ${strays.join(', ')}`)
  const archive = readFileSync(join(resources, 'app.asar'), 'latin1')
  if (archive.includes('--no-sandbox')) throw new SetupProblem('The packaged program mentions --no-sandbox.')
  if (archive.includes('"node_modules"')) throw new SetupProblem('The archive holds node_modules.')
}

/** None of these may reach Node: the program must do what it always does, without running the code or waiting. */
function checkBackDoors(program) {
  const code = 'process.stdout.write("back door")'
  const attempts = [
    { args: ['-e', code], env: { ELECTRON_RUN_AS_NODE: '1' } },
    { args: [], env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` } },
    { args: ['--inspect-brk=0'], env: {} },
  ]
  for (const { args, env } of attempts) {
    const done = runPackaged(program, ['--self-check', ...args], env)
    const wasOpened = /back door|Debugger listening/.test(`${done.stdout}${done.stderr}`)
    if (done.status === 0 && !wasOpened) continue
    const what = [...Object.keys(env), ...args].join(' ')
    throw new SetupProblem(`The package did not shrug off ${what}: status ${done.status}\n${done.stderr}`)
  }
}
