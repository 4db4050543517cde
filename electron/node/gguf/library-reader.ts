import { createHash } from 'node:crypto'
import { fail, ok, type Result } from '#shared/domain/result'
import { type LibraryParser, parseWithLibrary } from '../hub/parse-with-library'
import { readFully, readSteadyFile } from '../library/open-regular-file'
import { type SkippedArray } from './header-notes'
import { headerFromLibrary } from './library-header'
import { libraryObstacle } from './library-obstacle'
import { type GgufHeader } from './read-gguf-header'

/** Lists remembered by their bytes; a repository with every variant of a model has about three. */
const MAX_REMEMBERED = 64

/** Reads headers of remote files with `@huggingface/gguf`, after our scan has judged them. */
export interface LibraryReader {
  /**
   * `ours`: the scan of the file at `path`, which holds at least the header. The facts are the library's, compared with
   * the scan. What the library cannot read comes from our reader, with a warning that says what. Errors: READERS_DISAGREE
   * and those of reading the file.
   */
  read(path: string, ours: GgufHeader): Promise<Result<GgufHeader>>
}

/**
 * Vocabularies make up nearly all of a header and nearly all of the library's time, and the variants of one model have
 * the same ones to the byte. A list that the library has read once is therefore cut out of the next header: its count is
 * set to none, and its length taken from that first reading.
 */
export function createLibraryReader(parse: LibraryParser = parseWithLibrary): LibraryReader {
  const lengths = new Map<string, number>()
  return {
    async read(path, ours) {
      const obstacle = libraryObstacle(ours)
      if (obstacle !== undefined) return ok(withWarning(ours, obstacle))
      const bytes = readSteadyFile(path, ({ descriptor }) => {
        const header = new Uint8Array(ours.headerBytes)
        return header.subarray(0, readFully(descriptor, header, 0))
      })
      if (!bytes.ok) return bytes
      const lists = ours.scan.notes.skippedArrays.map((list) => ({ list, digest: digestOf(list, bytes.value, ours) }))
      const known = lists.filter(({ digest }) => lengths.has(digest))
      const knownLengths = new Map(known.map(({ list, digest }) => [list.key, lengths.get(digest) ?? 0]))
      const pieces = withoutLists(
        bytes.value,
        known.map(({ list }) => list),
      )
      const header = await readPieces(parse, pieces, {
        ours,
        knownLengths,
        removedBytes: ours.headerBytes - pieces.length,
      })
      if (!header.ok) return { ok: false, error: { ...header.error, path } }
      if (lengths.size > MAX_REMEMBERED) lengths.clear()
      for (const { list, digest } of lists) lengths.set(digest, header.value.arrayLengths[list.key] ?? 0)
      return header
    },
  }
}

type Comparison = Parameters<typeof headerFromLibrary>[1]

async function readPieces(
  parse: LibraryParser,
  bytes: Uint8Array,
  comparison: Comparison,
): Promise<Result<GgufHeader>> {
  try {
    return headerFromLibrary(await parse(bytes), comparison)
  } catch (error) {
    // The library throws plain errors for every refusal; our scan found nothing to refuse.
    const reason = error instanceof Error ? error.message : 'no reason given'
    return fail('READERS_DISAGREE', `@huggingface/gguf refuses this header: ${reason}.`, {
      hint: 'Nothing was taken from it. Download the file and inspect it on the disk; please report this file.',
    })
  }
}

/** The same list in a file of another byte order or length width is another list. */
function digestOf({ countAt, end }: SkippedArray, bytes: Uint8Array, { version, byteOrder }: GgufHeader): string {
  const hash = createHash('sha256').update(`${version === 1 ? 4 : 8} ${byteOrder} `)
  // From the item type on, which stands before the count.
  return hash.update(bytes.subarray(countAt - 4, end)).digest('hex')
}

/** The header with the items of these lists removed and their counts zeroed; lists are in the order of the file. */
function withoutLists(bytes: Uint8Array, lists: readonly SkippedArray[]): Uint8Array {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const { countAt, itemsAt, end } of lists) {
    pieces.push(bytes.subarray(at, countAt), new Uint8Array(itemsAt - countAt))
    at = end
  }
  return Buffer.concat([...pieces, bytes.subarray(at)])
}

function withWarning(header: GgufHeader, obstacle: string): GgufHeader {
  const warning = `This remote header was read by our own reader: @huggingface/gguf cannot read ${obstacle}.`
  return { ...header, warnings: [...header.warnings, warning] }
}
