import { shell } from 'electron'
import { isAllowedExternalUrl } from './external-url'

/** The one way out to the system's browser. */
export async function openExternal(url: string): Promise<void> {
  if (isAllowedExternalUrl(url)) await shell.openExternal(url)
}

/** Shows a folder of the user's in the file manager. A file manager that is not there changes nothing. */
export async function openFolder(path: string): Promise<void> {
  // the answer is an empty text, or why it failed: nothing that anybody waits for
  await shell.openPath(path)
}
