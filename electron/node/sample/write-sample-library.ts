import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { SAMPLE_REGISTRY_FOLDER, sampleLibrary } from '#shared/sample/sample-library'
import { replaceFile } from '../files/replace-file'
import { ioFailure } from '../library/open-regular-file'
import { type World } from '../world'

/** Where the sample library lives, whether or not it has been written yet. */
export function sampleRegistryPath(world: Pick<World, 'dataDir'>): string {
  return join(world.dataDir, 'sample-library', SAMPLE_REGISTRY_FOLDER)
}

/**
 * Writes the embedded library into the data folder; a file that is already there is the user's and stays as it is.
 * Gives the folder of its registry. Errors: those of writing files.
 */
export async function writeSampleLibrary(world: Pick<World, 'dataDir'>): Promise<Result<string>> {
  for (const file of sampleLibrary()) {
    const path = join(world.dataDir, 'sample-library', ...file.path.split('/'))
    const state = await stateOf(path)
    if (!state.ok) return state
    if (state.value === 'there') continue
    const written = await replaceFile(path, file.text)
    if (!written.ok) return written
  }
  return ok(sampleRegistryPath(world))
}

/** Makes the folder on the way. */
async function stateOf(path: string): Promise<Result<'there' | 'missing'>> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await stat(path)
    return ok('there')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ok('missing')
    return ioFailure(error, path)
  }
}
