// Stand-in for Electron's own default_app.asar, which packaged apps don't carry.
// An ES module with top-level await: `ready` must wait until the app's own module has run.
import { existsSync, readFileSync } from 'node:fs'
import Module from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron/main'

const argv = process.argv.slice(1),
  preload = []
let file = null
for (let i = 0; i < argv.length; i++) {
  const a = argv[i]
  if (a === '-r' || a === '--require') preload.push(argv[++i])
  else if (a === '-v' || a === '--version') {
    console.log('v' + process.versions.electron)
    process.exit(0)
  } else if (a === '-a' || a === '--abi') {
    console.log(process.versions.modules)
    process.exit(0)
  } else if (a.startsWith('--app=')) {
    file = a.slice(6)
    break
  } else if (!a.startsWith('-')) {
    file = a
    break
  }
}
if (preload.length) Module._preloadModules(preload)
if (!file) {
  console.error('usage: electron [options] PATH')
  process.exit(2)
}
try {
  Object.defineProperty(process, 'defaultApp', { enumerable: true, value: true })
  const dir = resolve(file),
    manifest = join(dir, 'package.json')
  let appPath
  if (existsSync(manifest)) {
    const p = JSON.parse(readFileSync(manifest, 'utf8'))
    if (p.version) app.setVersion(p.version)
    if (p.productName || p.name) app.name = p.productName || p.name
    app.setDesktopName?.(p.desktopName || app.name + '.desktop')
    appPath = dir
  }
  const main = Module._resolveFilename(dir, null, true)
  app.setAppPath(appPath || dirname(main))
  await import(pathToFileURL(main).toString())
} catch (e) {
  console.error('App threw an error during load')
  console.error(e?.stack || e)
  app.exit(1)
}
