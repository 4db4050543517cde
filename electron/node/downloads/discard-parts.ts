import { join } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { checkRepoPath } from '#shared/library/repo-path'
import { fileError, systemCode } from '../files/file-error'
import { diskFileSystem } from '../files/file-system'
import { acquireLock } from '../files/lock'
import { removePartFile } from '../files/part-file'

/** Removes the unfinished files of a download. Finished ones stay, and so does what another process is writing. */
export async function discardParts(folder: string, paths: readonly string[]): Promise<Result<void>> {
  for (const path of paths) {
    const safe = checkRepoPath(path)
    if (!safe.ok) return safe
    const part = `${join(folder, ...path.split('/'))}.part`
    try {
      if (!(await exists(part)) && !(await exists(`${part}.json`))) continue
      const lock = await acquireLock(`${part}.lock`, { waitMs: 0 })
      if (!lock.ok && lock.error.code === 'LOCKED') continue
      if (!lock.ok) return lock
      await removePartFile(part)
      await removePartFile(`${part}.json`)
      await lock.value.release()
    } catch (error) {
      return fileError(error, part, 'remove')
    }
  }
  return ok(undefined)
}

async function exists(path: string): Promise<boolean> {
  try {
    await diskFileSystem.lstat(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return false
    throw error
  }
}
