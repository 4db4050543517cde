import { shell } from 'electron'
import { isAllowedExternalUrl } from './external-url'

/** The one way out to the system's browser. */
export async function openExternal(url: string): Promise<void> {
  if (isAllowedExternalUrl(url)) await shell.openExternal(url)
}
