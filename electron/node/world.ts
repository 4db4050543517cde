import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/** The world, passed in so that tests need no module mocks. */
export interface World {
  readonly dataDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly now: () => Date
}

/** The real one: HEADROOM_DATA_DIR, else the folder in which this platform keeps a program's data. */
export function createWorld(env: NodeJS.ProcessEnv = process.env, platform = process.platform): World {
  return { dataDir: dataFolder(env, platform), env, platform, now: () => new Date() }
}

function dataFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const chosen = env['HEADROOM_DATA_DIR']
  if (chosen !== undefined && chosen !== '') return resolve(chosen)
  const home = homedir()
  switch (platform) {
    case 'win32':
      return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Headroom')
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Headroom')
    default: {
      // XDG base directory specification: a relative path there is to be ignored.
      const base = env['XDG_DATA_HOME']
      return join(base !== undefined && isAbsolute(base) ? base : join(home, '.local', 'share'), 'headroom')
    }
  }
}
