import { realpath, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { readError } from '../../node/files/file-error'

/** Follows links to the real file or folder behind a granted path; anything that is neither is refused. */
export async function checkGrantedPath(path: string): Promise<Result<string>> {
  if (!isAbsolute(path) || path.includes('\0')) return fail('BAD_REQUEST', 'That is not a usable path.')
  try {
    const real = await realpath(path)
    const kind = await stat(real)
    if (kind.isFile() || kind.isDirectory()) return ok(real)
    return fail('NOT_A_FILE', 'That is neither a file nor a folder.', { hint: 'Choose a model file or its folder.' })
  } catch (error) {
    // Without the path: the page has never seen it.
    return readError(error)
  }
}
