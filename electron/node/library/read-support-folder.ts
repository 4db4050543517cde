import { basename, resolve, sep } from 'node:path'
import { type SupportSources } from '#shared/architecture/raw'
import { fail, ok, type Result } from '#shared/domain/result'
import { readConfigFiles } from '../config/read-config-files'
import { listModelFolder } from './list-model-folder'

/** Config of the base model from a folder that the user named, for a model that lacks its own. */
export function readSupportFolder(folder: string): Result<SupportSources> {
  const listing = listModelFolder(folder)
  if (!listing.ok) return listing
  const { sources, configError } = readConfigFiles(folder, new Set(listing.value.files.map((file) => file.path)))
  if (configError !== undefined) return { ok: false, error: configError }
  if (sources.config === undefined) {
    return fail('MISSING_DATA', 'The support folder has no config.json.', {
      hint: 'Name a folder that holds the config.json of the base model.',
      path: folder,
    })
  }
  return ok({ origin: supportOrigin(folder), sources })
}

/** `owner/name@revision` inside a Hugging Face cache, else the name of the folder. */
export function supportOrigin(folder: string): string {
  const parts = resolve(folder).split(sep)
  const repository = parts.at(-3)?.match(/^models--(.+)$/)?.[1]
  if (parts.at(-2) === 'snapshots' && repository !== undefined) {
    return `${repository.replaceAll('--', '/')}@${parts.at(-1)}`
  }
  return basename(resolve(folder))
}
