import { ok, type Result } from '#shared/domain/result'
import { type FileSystem } from './file-system'
import { hashOf } from './read-text'
import { createFile } from './replace-file'

/** A copy of a file of ours before it is written in a newer schema: `settings.json.schema-1-<hash>.bak`, once per content. */
export async function keepOldVersion(
  path: string,
  { text, from, fs }: { readonly text: string; readonly from: number; readonly fs?: FileSystem },
): Promise<Result<void>> {
  const bytes = Buffer.from(text, 'utf8')
  const copy = `${path}.schema-${from}-${hashOf(bytes).slice(0, 8)}.bak`
  const kept = await createFile(copy, bytes, fs === undefined ? {} : { fs })
  return kept.ok || kept.error.code === 'BUSY' ? ok(undefined) : kept
}
