import { dirname, join, resolve } from 'node:path'
import { type RegistryLayer } from '#shared/domain/registry'
import { fail, ok, type Result } from '#shared/domain/result'
import { fileError, systemCode } from '../files/file-error'
import { diskFileSystem, type FileSystem } from '../files/file-system'
import { type RegistryLocation } from './registry-service'

/** Names inside a registry folder. */
export const layerFileNames: Readonly<Record<RegistryLayer, string>> = {
  curated: 'model_registry.curated.json',
  discovered: 'model_registry.discovered.json',
  snapshot: 'model_registry.json',
}

export interface LocateOptions {
  readonly fs?: FileSystem
  /** A folder without any registry file counts as an empty layered registry (a first scan or download fills it). */
  readonly allowEmpty?: boolean
}

/**
 * A path given by the user: a folder (layered, or single when only the merged file is there) or one file.
 * Errors: NOT_FOUND, NO_REGISTRY for a folder without registry files, NOT_A_FILE, system.
 */
export async function locateRegistry(path: string, options: LocateOptions = {}): Promise<Result<RegistryLocation>> {
  const { fs = diskFileSystem, allowEmpty = false } = options
  const absolute = resolve(path)
  try {
    const { kind } = await fs.stat(absolute)
    if (kind === 'file') return ok({ path: absolute, mode: 'single' })
    if (kind !== 'directory') {
      const hint = 'Choose the folder of the registry, or its JSON file.'
      return fail('NOT_A_FILE', 'The registry is neither a file nor a folder.', { hint, path })
    }
    const names = new Set(await fs.list(absolute))
    if (names.has(layerFileNames.curated) || names.has(layerFileNames.discovered)) {
      return ok({ path: absolute, mode: 'layered' })
    }
    if (names.has(layerFileNames.snapshot)) return ok({ path: join(absolute, layerFileNames.snapshot), mode: 'single' })
    if (allowEmpty) return ok({ path: absolute, mode: 'layered' })
    return fail('NO_REGISTRY', 'There is no model registry in this folder.', {
      hint: `Choose the folder that holds ${layerFileNames.snapshot}, or scan a folder with models.`,
      path,
    })
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return fail('NOT_FOUND', 'The registry is not there.', { hint: 'Check the path.', path })
    }
    return fileError(error, absolute, 'open')
  }
}

/** The files of a registry. In single-file mode only `snapshot`. */
export function layerPaths(location: RegistryLocation): Readonly<Partial<Record<RegistryLayer, string>>> {
  if (location.mode === 'single') return { snapshot: location.path }
  return {
    discovered: join(location.path, layerFileNames.discovered),
    curated: join(location.path, layerFileNames.curated),
    snapshot: join(location.path, layerFileNames.snapshot),
  }
}

/** The folder in which files, backups and the lock of a registry stand. */
export function registryFolder(location: RegistryLocation): string {
  return location.mode === 'single' ? dirname(location.path) : location.path
}
