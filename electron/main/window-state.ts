import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '#shared/domain/result'
import { replaceFile } from '../node/files/replace-file'
import { type WindowState, windowStateSchema } from './window-bounds'

const fileName = 'window-state.json'

/** Size and place of the last window; nothing when there is none or when the file is not usable. */
export async function readWindowState(dataDir: string): Promise<WindowState | undefined> {
  try {
    const parsed = windowStateSchema.safeParse(JSON.parse(await readFile(join(dataDir, fileName), 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    // First start, or a damaged file: the window opens at its usual size, and the file is replaced on closing.
    return undefined
  }
}

export async function writeWindowState(dataDir: string, state: WindowState): Promise<Result<unknown>> {
  return replaceFile(join(dataDir, fileName), `${JSON.stringify(state)}\n`)
}
