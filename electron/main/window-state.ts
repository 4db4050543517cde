import { readFile, writeFile as replaceFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** Losing this is a nuisance at most, so a failure is reported to the log by the caller and nowhere else. */
export async function writeWindowState(dataDir: string, state: WindowState): Promise<void> {
  await replaceFile(join(dataDir, fileName), `${JSON.stringify(state)}\n`)
}
