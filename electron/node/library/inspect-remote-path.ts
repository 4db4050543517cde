import { type Inspection } from '#shared/domain/inspection'
import { fail, type Result } from '#shared/domain/result'
import { type LibraryReader } from '../gguf/library-reader'
import { type GgufHeader, readGgufHeader } from '../gguf/read-gguf-header'
import { type InspectJob } from './finding'
import { inspectPath } from './inspect-path'

/**
 * Architecture from headers that were fetched from a hub. Our bounded scan judges every GGUF header first, and whatever it
 * refuses is refused; then `@huggingface/gguf` reads those that are good, and the answer is made from its results.
 * Errors: those of `inspectPath`, READERS_DISAGREE.
 */
export async function inspectRemotePath(job: InspectJob, library: LibraryReader): Promise<Result<Inspection>> {
  const headers = new Map<string, Result<GgufHeader>>()
  const scanned = inspectPath({
    ...job,
    readHeader: (path) => {
      const header = readGgufHeader(path)
      headers.set(path, header)
      return header
    },
  })
  if (!scanned.ok || headers.size === 0) return scanned
  for (const [path, ours] of headers) {
    if (!ours.ok) continue
    const theirs = await library.read(path, ours.value)
    if (!theirs.ok) return theirs
    headers.set(path, theirs)
  }
  return inspectPath({
    ...job,
    readHeader: (path) => headers.get(path) ?? fail('INTERNAL', 'A header was read only the second time.', { path }),
  })
}
