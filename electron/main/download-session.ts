import { homedir } from 'node:os'
import { BrowserWindow } from 'electron'
import { createDownloads } from '../node/downloads/create-downloads'
import type { Services } from '../node/services'
import { homeLabel } from './home-label'
import { downloadsState } from './ipc/handlers/downloads'
import type { DownloadAccess, Host } from './ipc/handlers/handlers'
import type { RegistrySession } from './registry-session'
import { registryToFill } from './registry-to-fill'
import { taskbarProgress } from './taskbar-progress'
import { createTokenStore } from './token-store'

/** The queue of this program, its token, and everybody who must hear of its progress. */
export function createDownloadSession(parts: {
  readonly services: Services
  readonly session: RegistrySession
  readonly host: Host
}): DownloadAccess {
  const { services, session, host } = parts
  const tokens = createTokenStore(services.world.dataDir)
  const service = createDownloads({
    services,
    registry: () => registryToFill(services, session),
    currentRegistry: () => session.current(),
    readToken: tokens.read,
    changed: () => void tell(),
    labelOf: (path) => homeLabel(path, homedir()),
  })
  const access = { service, tokens }
  async function tell(): Promise<void> {
    const state = await downloadsState(access)
    for (const window of BrowserWindow.getAllWindows()) {
      host.send(window.webContents.id, 'downloads:changed', state)
      const { fraction, mode } = taskbarProgress(state, process.platform)
      window.setProgressBar(fraction, { mode })
    }
  }
  return access
}
