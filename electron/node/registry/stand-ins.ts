import { basename } from 'node:path'
import { type RegistryLayer } from '#shared/domain/registry'
import { fail, type HeadroomError, ok, type Result } from '#shared/domain/result'
import { type FileSystem } from '../files/file-system'
import { decodeText, hashOf, readBytes } from '../files/read-text'
import { newestGoodBackup } from './backups'
import { type LoadedLayer, MAX_REGISTRY_BYTES, parseLayer, type ReadRegistry, readRegistry } from './read-registry'
import { type BackupInfo, type RegistryLocation } from './registry-service'

/** A registry of which at least one file cannot be read, with backups in the place of those files. Never written. */
export interface BackupView {
  readonly read: ReadRegistry
  /** Per file that cannot be read: what stands in for it. */
  readonly standIns: readonly StandIn[]
}

export interface StandIn {
  readonly layer: RegistryLayer
  readonly backup: BackupInfo
}

/** The registry as the newest good backups show it; the error of the first broken file that has none. */
export async function readWithBackups(location: RegistryLocation, fs: FileSystem): Promise<Result<BackupView>> {
  const layers = new Map<RegistryLayer, LoadedLayer>()
  const standIns: StandIn[] = []
  for (;;) {
    const outcome = await readRegistry(location, { fs, cache: new Map(), standIns: layers })
    if (outcome.ok) return ok({ read: { ...outcome.value, revision: `backup:${outcome.value.revision}` }, standIns })
    const { unreadable } = outcome
    if (unreadable === undefined || outcome.error.code !== 'BAD_REGISTRY' || layers.has(unreadable.layer))
      return outcome
    const { layer, path } = unreadable
    const { backup } = await newestGoodBackup(location, basename(path), fs)
    const loaded = backup ? await loadBackup(backup, { layer, path, fs }) : outcome
    if (!backup || !loaded.ok) return outcome
    layers.set(layer, loaded.value)
    standIns.push({ layer, backup })
  }
}

/** READ_ONLY: why the registry cannot be changed, and the ways out. */
export function readOnlyError({ backup: { name } }: StandIn, error: HeadroomError) {
  return fail('READ_ONLY', `The registry is shown from a backup and cannot be changed: ${error.message}`, {
    hint: `Restore ${name} (Maintenance, or: headroom restore ${name}), or repair the file by hand.`,
    ...(error.path !== undefined && { path: error.path }),
  })
}

async function loadBackup(
  { path: from }: BackupInfo,
  { layer, path, fs }: { readonly layer: RegistryLayer; readonly path: string; readonly fs: FileSystem },
): Promise<Result<LoadedLayer>> {
  const file = await readBytes(from, { fs, maxBytes: MAX_REGISTRY_BYTES })
  if (!file.ok) return file
  const { bytes, stat } = file.value
  const decoded = decodeText(bytes, from)
  return decoded.ok ? parseLayer({ ...decoded.value, hash: hashOf(bytes), stat }, layer, path) : decoded
}
