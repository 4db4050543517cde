import { lstat, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { type RepoFile } from '#shared/hub/variants'
import { checkRepoPath, findNameTwins } from '#shared/library/repo-path'
import { fileError, systemCode } from '../files/file-error'
import { diskFileSystem } from '../files/file-system'

export interface Target {
  readonly file: RepoFile
  /** Absolute, with links of the root resolved. */
  readonly path: string
}

/**
 * Places for files of a repository under `root`. Every name is judged before a path is built from it, and no folder on
 * the way may be a link that leads out. Errors: UNSAFE_NAME, FORBIDDEN, system errors.
 */
export async function safeTargets(root: string, files: readonly RepoFile[]): Promise<Result<readonly Target[]>> {
  const names = checkNames(files.map(({ path }) => path))
  if (!names.ok) return names
  try {
    await diskFileSystem.makeDirectory(root)
    const real = await realpath(root)
    const targets: Target[] = []
    for (const file of files) {
      const inside = await checkFolders(real, file.path)
      if (!inside.ok) return inside
      targets.push({ file, path: join(real, ...file.path.split('/')) })
    }
    return ok(targets)
  } catch (error) {
    return fileError(error, root, 'use')
  }
}

function checkNames(names: readonly string[]): Result<void> {
  for (const name of names) {
    const safe = checkRepoPath(name)
    if (!safe.ok) return safe
  }
  const twins = findNameTwins(names)[0]
  if (twins !== undefined) {
    return fail('UNSAFE_NAME', `Two names are one file on some systems: ${twins.slice(0, 3).join(', ')}.`, {
      hint: 'Choose one of them with --include.',
    })
  }
  const known = new Set(names)
  const clash = names.find((name) => ['.part', '.part.json', '.part.lock'].some((end) => known.has(`${name}${end}`)))
  if (clash === undefined) return ok(undefined)
  return fail('UNSAFE_NAME', `"${clash}.part" would be taken for an unfinished download of "${clash}".`, {
    hint: 'Choose one of them with --include.',
  })
}

/** A link among the folders may stay inside the library, nothing else. */
async function checkFolders(root: string, path: string): Promise<Result<void>> {
  const parts = dirname(path)
    .split('/')
    .filter((part) => part !== '.')
  let folder = root
  for (const part of parts) {
    folder = join(folder, part)
    try {
      const stats = await lstat(folder)
      if (!stats.isSymbolicLink()) continue
      const real = await realpath(folder)
      if (real === root || real.startsWith(root + sep)) continue
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return ok(undefined)
      throw error
    }
    return fail('FORBIDDEN', `"${part}" is a link that leads out of the library.`, {
      hint: 'Nothing was written. Remove the link, or choose another folder.',
      path: folder,
    })
  }
  return ok(undefined)
}
