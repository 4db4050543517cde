import { realpath, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'

/** Follows links to the real file or folder behind a granted path; anything that is neither is refused. */
export async function checkGrantedPath(path: string): Promise<Result<string>> {
  if (!isAbsolute(path) || path.includes('\0')) return fail('BAD_REQUEST', 'That is not a usable path.')
  try {
    const real = await realpath(path)
    const kind = await stat(real)
    if (kind.isFile() || kind.isDirectory()) return ok(real)
    return fail('NOT_A_FILE', 'That is neither a file nor a folder.', { hint: 'Choose a model file or its folder.' })
  } catch (error) {
    return describeFault(error)
  }
}

function describeFault(error: unknown): Result<never> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return fail('NOT_FOUND', 'That file is not there (any more).', { hint: 'Choose it again.' })
    case 'EACCES':
    case 'EPERM':
      return fail('PERMISSION_DENIED', 'That file may not be read.', { hint: 'Check its permissions.' })
    default:
      return fail('IO', 'That file cannot be read.', { hint: `The system says ${String(code ?? error)}.` })
  }
}
