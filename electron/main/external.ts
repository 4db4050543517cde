import { shell } from 'electron'
import { isAllowedExternalUrl } from './external-url'
import { logWarning } from './log'

/** The one way out to the system's browser. A computer without one changes nothing here; the log has the reason. */
export async function openExternal(url: string): Promise<void> {
  if (!isAllowedExternalUrl(url)) return
  try {
    await shell.openExternal(url)
  } catch (error) {
    logWarning(`the browser could not be opened: ${String(error)}`)
  }
}

/** Shows a folder of the user's in the file manager. One that is not there changes nothing; the log has the reason. */
export async function openFolder(path: string): Promise<void> {
  const problem = await shell.openPath(path)
  if (problem !== '') logWarning(`a folder could not be shown: ${problem}`)
}
