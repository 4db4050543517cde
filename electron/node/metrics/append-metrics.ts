import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { type MetricsRecord } from '#shared/runtime/metrics-record'
import { appendLine } from '../files/append-line'
import { fileError, systemCode } from '../files/file-error'
import { diskFileSystem, type FileSystem } from '../files/file-system'

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
    // One older log is kept for people; reconciliation does not read it.
    if ((await sizeOf(path)) > maxBytes) await fs.rename(path, `${path}.1`)
  } catch (error) {
    return fileError(error, path, 'append to')
  }
  const appended = await appendLine(path, JSON.stringify(record), { fs })
  return appended.ok ? ok(undefined) : appended
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0
    throw error
  }
}
