import { dirname, join } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { SAMPLE_REGISTRY_FOLDER, sampleLibrary } from '#shared/sample/sample-library'
import { fileError } from '../files/file-error'
import { diskFileSystem } from '../files/file-system'
import { createFile } from '../files/replace-file'
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
    const folder = await makeFolder(dirname(path))
    if (!folder.ok) return folder
    const made = await createFile(path, Buffer.from(file.text))
    // BUSY: it is there already.
    if (!made.ok && made.error.code !== 'BUSY') return made
  }
  return ok(sampleRegistryPath(world))
}

async function makeFolder(folder: string): Promise<Result<void>> {
  try {
    await diskFileSystem.makeDirectory(folder)
    return ok(undefined)
  } catch (error) {
    return fileError(error, folder, 'create')
  }
}
