import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ok, type Result } from '#shared/domain/result'
import { fileError, systemCode } from '../files/file-error'
import { replaceFile } from '../files/replace-file'
import type { World } from '../world'

/** The folder of the registry that scans fill; made, with an empty layer of facts, when it is not there yet. */
export async function ensureOwnRegistry({ dataDir }: Pick<World, 'dataDir'>): Promise<Result<string>> {
  const folder = join(dataDir, 'library')
  const facts = join(folder, 'model_registry.discovered.json')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await stat(facts)
    return ok(folder)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') return fileError(error, folder, 'create')
    const written = await replaceFile(facts, '[]\n')
    return written.ok ? ok(folder) : written
  }
}
