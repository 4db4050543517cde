import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { ownValue } from '#shared/domain/json'
import { type RegistryEntry } from '#shared/domain/registry'

/** Absolute `download_path`s of entries: what they stand on. */
export function placesOf(entries: readonly RegistryEntry[]): readonly string[] {
  return entries.flatMap(({ value }) => {
    const path = ownValue(value, 'download_path')
    return typeof path === 'string' && isAbsolute(path) ? [resolve(path)] : []
  })
}

/**
 * Whether a file may belong to an entry that stays: it is that entry's file, lies in its folder, or stands beside its
 * file (a shard, a projector that both use) without being the removed entry's own file or shard. When in doubt it stays.
 */
export function isNeededElsewhere(file: string, own: string, others: readonly string[]): boolean {
  return others.some(
    (place) =>
      file === place || file.startsWith(place + sep) || (dirname(place) === dirname(file) && !isSameSet(file, own)),
  )
}

/** The file itself, or another shard of the same set. */
function isSameSet(file: string, own: string): boolean {
  const stem = (path: string) => basename(path).replace(/-\d{5}-of-(\d{5})(?=\.)/, '-of-$1')
  return dirname(file) === dirname(own) && stem(file) === stem(own)
}

/** Why a file is left alone: its folder is a link that leads out of the model. A link itself may go, its target stays. */
export async function outsideOf(root: string, target: string): Promise<string | undefined> {
  try {
    const way = relative(await realpath(root), await realpath(dirname(target)))
    const leadsOut = way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)
    return leadsOut ? 'it lies outside the folder of the model' : undefined
  } catch {
    return 'it is not there any more'
  }
}
