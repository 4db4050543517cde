import { join } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { fileError } from '../files/file-error'
import { diskFileSystem } from '../files/file-system'
import { hashOf, readText } from '../files/read-text'
import { createFile, replaceFile } from '../files/replace-file'
import { type World } from '../world'
import { type DecodedSettings, decodeSettings, defaultSettings, encodeSettings, type Settings } from './settings-file'

/** New values; `undefined` takes a value out. */
export type SettingsPatch = { readonly [K in keyof Settings]?: Settings[K] | undefined }

export interface SettingsStore {
  read(): Promise<Result<Settings>>
  update(patch: SettingsPatch): Promise<Result<Settings>>
  /** Things about the file that the user must be told: kept aside, newer, a value not used. */
  notices(): readonly string[]
}

/** Far more than settings can be. */
const MAX_SETTINGS_BYTES = 2 ** 20

/**
 * `settings.json` in the data folder. A file that cannot be read as settings is copied aside and defaults are used; a
 * file of a newer program is read and never written (NEWER_SCHEMA). Updates of one process are made one by one.
 */
export function createSettingsStore(world: Pick<World, 'dataDir'>): SettingsStore {
  const path = join(world.dataDir, 'settings.json')
  const notices = new Set<string>()
  let queue: Promise<unknown> = Promise.resolve()
  return {
    async read() {
      const loaded = await load(path, notices)
      if (loaded.ok) return ok(loaded.value.settings)
      // The program stays usable without its data folder; only saving is refused.
      notices.add(`Your settings cannot be read (${loaded.error.message} ${path}), so defaults are in use.`)
      return ok(defaultSettings)
    },
    update(patch) {
      const next = queue.then(() => write(path, { dataDir: world.dataDir, patch, notices }))
      queue = next
      return next
    },
    notices: () => [...notices],
  }
}

async function load(path: string, notices: Set<string>): Promise<Result<DecodedSettings>> {
  const fresh = { settings: defaultSettings, raw: {}, isNewer: false, dropped: [] }
  const file = await readText(path, { maxBytes: MAX_SETTINGS_BYTES })
  if (!file.ok) return file.error.code === 'NOT_FOUND' ? ok(fresh) : file
  const decoded = decodeSettings(file.value.text)
  if (decoded === undefined) {
    const kept = await keepAside(path, file.value.text)
    const where = kept.ok ? `The old file is kept as ${kept.value}.` : 'The old file could not be copied.'
    notices.add(`Your settings could not be read, so defaults are in use. ${where}`)
    return kept.ok ? ok(fresh) : kept
  }
  for (const key of decoded.dropped)
    notices.add(`The setting "${key}" has a value that cannot be used; its default is.`)
  if (decoded.isNewer) notices.add('These settings were written by a newer Headroom: they are read, but not changed.')
  return ok(decoded)
}

async function write(
  path: string,
  change: { readonly dataDir: string; readonly patch: SettingsPatch; readonly notices: Set<string> },
): Promise<Result<Settings>> {
  const current = await load(path, change.notices)
  if (!current.ok) return current
  if (current.value.isNewer) {
    return fail('NEWER_SCHEMA', 'These settings were written by a newer Headroom.', {
      hint: 'Update Headroom to change settings.',
      path,
    })
  }
  const entries = Object.entries({ ...current.value.settings, ...change.patch }).filter(
    ([, value]) => value !== undefined,
  )
  const merged = Object.fromEntries(entries) as Settings // only keys of Settings, undefined ones removed
  const made = await makeFolder(change.dataDir)
  if (!made.ok) return made
  const written = await replaceFile(path, encodeSettings(current.value.raw, merged))
  return written.ok ? ok(merged) : written
}

/** A copy rather than a rename (reading must not take anything away), one for each content. */
async function keepAside(path: string, text: string): Promise<Result<string>> {
  const copy = `${path}.corrupt-${hashOf(Buffer.from(text)).slice(0, 8)}`
  const made = await createFile(copy, Buffer.from(text))
  return made.ok || made.error.code === 'BUSY' ? ok(copy) : made
}

async function makeFolder(folder: string): Promise<Result<void>> {
  try {
    await diskFileSystem.makeDirectory(folder)
    return ok(undefined)
  } catch (error) {
    return fileError(error, folder, 'create')
  }
}
