import { join } from 'node:path'
import { type Result } from '#shared/domain/result'
import { describeForeignStart } from '#shared/library/foreign-start'
import { readFully, readSteadyFile } from '../library/open-regular-file'
import { ReadFault } from '../library/read-fault'
import { JsonCursor, type JsonLimits } from './json-cursor'
import { type DocumentLimits } from './read-document'

/**
 * Runs `walk` over a JSON file that may be large, of which little is wanted: nothing is built but what `walk` keeps.
 * Tolerates a byte order mark and Python's numbers, as `readJsonDocument` does. `walk` may run again when the file
 * changes meanwhile. Errors: as `readJsonDocument`, and the faults that `walk` throws.
 */
export function walkJsonFile<T>(
  root: string,
  { file, limits }: { readonly file: string; readonly limits: DocumentLimits & JsonLimits },
  walk: (cursor: JsonCursor) => T,
): Result<T> {
  return readSteadyFile(join(root, file), ({ descriptor, bytes }) => {
    if (bytes > limits.maxBytes) {
      throw new ReadFault('LIMIT', `This file is ${bytes} bytes long; at most ${limits.maxBytes} are read.`, {
        hint: 'No known model has such a file; check what it is.',
      })
    }
    if (bytes === 0) throw new ReadFault('EMPTY_FILE', 'This file is empty.', { offset: 0, hint: 'Download it again.' })
    const offset = startOfJson(descriptor, bytes)
    const text = {
      bytes: bytes - offset,
      offset,
      read: (into: Uint8Array, position: number) => readFully(descriptor, into, offset + position),
    }
    const cursor = new JsonCursor(text, { ...limits, pythonNumbers: true })
    const value = walk(cursor)
    cursor.end()
    return value
  })
}

/** Behind the byte order mark; a pointer, web page or archive under this name has its own explanation. */
function startOfJson(descriptor: number, bytes: number): number {
  const head = new Uint8Array(Math.min(512, bytes))
  readFully(descriptor, head, 0)
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    throw new ReadFault('BAD_ENCODING', 'This file is UTF-16, not UTF-8.', {
      offset: 0,
      hint: 'Save it as UTF-8, or download it again.',
    })
  }
  const foreign = describeForeignStart(head)
  if (foreign !== undefined && foreign.kind !== 'json') {
    throw new ReadFault('BAD_JSON', foreign.message, { offset: 0, hint: foreign.hint })
  }
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0
}
