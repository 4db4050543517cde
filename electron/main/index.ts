import { app } from 'electron'
import { createWorld } from '../node/world'
import { startApplication } from './application'
import { keepProfileIn } from './data-folder'
import { parseLaunchRequest } from './launch-request'
import { startLog } from './log'
import { confineNavigation } from './navigation'
import { pageOrigin, pageUrl } from './places'
import { declareAppScheme } from './protocol'

// Everything that must happen before `ready` stands here, in order.
// With `--no-sandbox` (given by the launcher of a test that runs as root) Chromium refuses to start sandboxed pages.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
declareAppScheme()
confineNavigation(pageOrigin, pageUrl)

const world = createWorld()
startLog(world.dataDir)
keepProfileIn(world.dataDir)

const launch = parseLaunchRequest(process.argv, { cwd: process.cwd(), appArgument: process.defaultApp === true })
if (launch.selfCheck || app.requestSingleInstanceLock()) startApplication(world, launch)
else app.quit()
