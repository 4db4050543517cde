import { type RegistryEntry } from '#shared/domain/registry'
import { ok, type Result } from '#shared/domain/result'
import { systemCode } from '../files/file-error'
import { type JobOptions } from '../job-options'
import { cancelled } from '../maintenance/report'
import { sha256OfFile } from './directory-checksum'
import { artifactsOf, folderOf, inFolder } from './entry-files'

export interface VerifiedEntry {
  readonly name: string
  readonly status: 'ok' | 'changed' | 'missing' | 'skipped'
  /** Files that are not as they were registered. */
  readonly files: readonly { readonly path: string; readonly problem: 'missing' | 'changed' }[]
  readonly reason?: string
}

/** Compares the files of entries with the hashes that were registered. Reads only. Error: CANCELLED. */
export async function verifyEntries(
  entries: readonly RegistryEntry[],
  options: JobOptions,
): Promise<Result<readonly VerifiedEntry[]>> {
  const results: VerifiedEntry[] = []
  for (const [index, entry] of entries.entries()) {
    if (isAborted(options.signal)) return cancelled()
    options.onProgress?.({ done: index, total: entries.length, label: entry.name })
    try {
      results.push(await verifyEntry(entry, options.signal))
    } catch (error) {
      if (isAborted(options.signal)) return cancelled()
      throw error
    }
  }
  return ok(results)
}

async function verifyEntry(entry: RegistryEntry, signal: AbortSignal | undefined): Promise<VerifiedEntry> {
  const name = entry.id
  const folder = await folderOf(entry)
  const artifacts = artifactsOf(entry)
  if (folder === undefined) return { name, status: 'skipped', files: [], reason: 'it names no place on this disk' }
  if (artifacts.length === 0) return { name, status: 'skipped', files: [], reason: 'it holds no hashes' }
  const files: VerifiedEntry['files'][number][] = []
  for (const { path, sha256 } of artifacts) {
    try {
      if ((await sha256OfFile(inFolder(folder, path), signal)) !== sha256) files.push({ path, problem: 'changed' })
    } catch (error) {
      if (isAborted(signal) || systemCode(error) === undefined) throw error
      files.push({ path, problem: 'missing' })
    }
  }
  const isChanged = files.some(({ problem }) => problem === 'changed')
  return { name, status: isChanged ? 'changed' : files.length > 0 ? 'missing' : 'ok', files }
}

/** Asked anew each time: the compiler would take the first answer for the last. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}
