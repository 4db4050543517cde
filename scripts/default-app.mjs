// Stand-in for Electron's own default_app.asar, which packaged programs do not carry: runs `electron [options] FOLDER`.
// An ES module with top-level await: `ready` must wait until the application's own module has run.
import { existsSync, readFileSync } from 'node:fs'
import Module from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron/main'

const { target, required } = readArguments(process.argv.slice(1))
if (required.length > 0) Module._preloadModules(required)
if (target === undefined) {
  console.error('usage: electron [options] PATH')
  process.exit(2)
}
try {
  await runApplication(resolve(target))
} catch (error) {
  console.error('App threw an error during load')
  console.error(error?.stack ?? error)
  app.exit(1)
}

function readArguments(args) {
  const required = []
  for (let index = 0; index < args.length; index++) {
    const text = args[index]
    if (text === '-r' || text === '--require') required.push(args[++index])
    else if (text === '-v' || text === '--version') leaveWith(`v${process.versions.electron}`)
    else if (text === '-a' || text === '--abi') leaveWith(process.versions.modules)
    else if (text.startsWith('--app=')) return { target: text.slice('--app='.length), required }
    else if (!text.startsWith('-')) return { target: text, required }
  }
  return { required }
}

function leaveWith(text) {
  console.log(text)
  process.exit(0)
}

async function runApplication(folder) {
  Object.defineProperty(process, 'defaultApp', { enumerable: true, value: true })
  const manifest = join(folder, 'package.json')
  const hasManifest = existsSync(manifest)
  if (hasManifest) takeNames(JSON.parse(readFileSync(manifest, 'utf8')))
  const main = Module._resolveFilename(folder, null, true)
  app.setAppPath(hasManifest ? folder : dirname(main))
  await import(pathToFileURL(main).toString())
}

function takeNames({ name, productName, version, desktopName }) {
  if (version) app.setVersion(version)
  if (productName || name) app.name = productName || name
  app.setDesktopName?.(desktopName || `${app.name}.desktop`)
}
