import { lstat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fail, ok, type Result } from '#shared/domain/result'
import { fileError, systemCode } from '../files/file-error'

/** Kept free beyond the download, for state files and whatever else writes there. */
export const SPACE_RESERVE_BYTES = 64 * 2 ** 20

/** Bytes an ordinary user may still write on the volume on which `path` lies or will lie. */
export async function freeBytesAt(path: string): Promise<Result<number>> {
  for (let place = path; ; place = dirname(place)) {
    try {
      const stats = await statfs(place)
      return ok(stats.bavail * stats.bsize)
    } catch (error) {
      const isMissing = systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR'
      if (!isMissing || dirname(place) === place) return fileError(error, place, 'look at')
    }
  }
}

/** Bytes of a file that take up room already: of a sparse part file only what has arrived. */
export async function allocatedBytes(path: string): Promise<number> {
  try {
    const stats = await lstat(path)
    return stats.isFile() ? Math.min(stats.size, stats.blocks * 512) : 0
  } catch {
    return 0 // nothing there, or not to be looked at: then it spares no room either
  }
}

/** Error: DISK_FULL with both numbers. `reserved`: what other downloads on the same volume will still need. */
export async function checkSpace(
  folder: string,
  neededBytes: number,
  reservedBytes = 0,
): Promise<Result<{ readonly freeBytes: number }>> {
  const free = await freeBytesAt(folder)
  if (!free.ok) return free
  if (neededBytes === 0 || free.value >= neededBytes + reservedBytes + SPACE_RESERVE_BYTES) {
    return ok({ freeBytes: free.value })
  }
  const queue = reservedBytes > 0 ? `, ${gib(reservedBytes)} of it for downloads before this one` : ''
  return fail(
    'DISK_FULL',
    `The volume has ${gib(free.value)} free; ${gib(neededBytes + reservedBytes)} are needed${queue}.`,
    {
      hint: 'Free some space, or choose a folder on another volume.',
      path: folder,
    },
  )
}

function gib(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
