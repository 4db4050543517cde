import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { type MetricsRecord } from '#shared/runtime/metrics-record'
import { appendLine } from '../files/append-line'
import { diskFileSystem, type FileSystem } from '../files/file-system'
import { ioFailure } from '../library/open-regular-file'

/** A log of this size is set aside before the next line; one older log is kept. */
const MAX_LOG_BYTES = 64 * 2 ** 20

/** Appends one line with one write; makes the folder, and turns the log over when it has grown too large. */
export async function appendMetrics(
  path: string,
  record: MetricsRecord,
  options: { readonly maxBytes?: number; readonly fs?: FileSystem } = {},
): Promise<Result<void>> {
  const { maxBytes = MAX_LOG_BYTES, fs = diskFileSystem } = options
  try {
    await mkdir(dirname(path), { recursive: true })
    // The older log keeps its facts until the next reconciliation has read the newer one: only one generation is kept.
    if ((await sizeOf(path)) > maxBytes) await fs.rename(path, `${path}.1`)
  } catch (error) {
    return ioFailure(error, path)
  }
  const appended = await appendLine(path, JSON.stringify(record), { fs })
  return appended.ok ? ok(undefined) : appended
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
    throw error
  }
}
