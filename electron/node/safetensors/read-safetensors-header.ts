import { type SafetensorsTensor } from '#shared/architecture/raw'
import { type Result } from '#shared/domain/result'
import { describeForeignStart } from '#shared/library/foreign-start'
import { type RegularFile, readFully, readSteadyFile } from '../library/open-regular-file'
import { ReadFault } from '../library/read-fault'
import { parseHeaderText } from './parse-header-text'

/** Limit of the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000

const damaged = 'The file is damaged. Download it again.'
const unfinished = 'The download did not finish. Download the file again.'

export interface SafetensorsHeader {
  /** Bytes of tensor data. */
  readonly dataBytes: number
  readonly fileBytes: number
  readonly warnings: readonly string[]
}

/**
 * Reads the header of one safetensors file and hands every tensor to `visit` (no list is kept); `bytes` is the offset
 * span. Refuses what the reference implementation refuses: a header beyond 100 MB or the file, spans that overlap,
 * leave holes, disagree with shape and dtype, or do not end with the file. `visit` may run again after a change of the
 * file, so it is told to start over by `begin`.
 */
export function readSafetensorsHeader(
  path: string,
  visitor: { begin(): void; visit(tensor: SafetensorsTensor): void },
): Result<SafetensorsHeader> {
  return readSteadyFile(path, (file) => {
    visitor.begin()
    const length = readHeaderLength(file)
    const dataBytes = file.bytes - 8 - length
    const text = {
      bytes: length,
      offset: 8,
      read: (into: Uint8Array, position: number) => readFully(file.descriptor, into, 8 + position),
    }
    const { spans, warnings } = parseHeaderText(text, (tensor) => visitor.visit(tensor))
    checkSpans(spans, dataBytes, file.bytes)
    return { dataBytes, fileBytes: file.bytes, warnings }
  })
}

/** Length of the header, after a look at what the file begins with. */
function readHeaderLength(file: RegularFile): number {
  if (file.bytes === 0) throw new ReadFault('EMPTY_FILE', 'This file is empty.', { offset: 0, hint: unfinished })
  const head = Buffer.alloc(Math.min(512, file.bytes))
  readFully(file.descriptor, head, 0)
  if (file.bytes < 8)
    throw foreignOr(
      head,
      new ReadFault('TRUNCATED', 'This file is cut short.', { offset: file.bytes, hint: unfinished }),
    )
  const length = head.readBigUInt64LE(0)
  if (length > BigInt(MAX_HEADER_BYTES)) {
    const code = length > BigInt(Number.MAX_SAFE_INTEGER) ? 'BAD_LENGTH' : 'LIMIT'
    throw foreignOr(head, new ReadFault(code, `The header claims ${length} bytes.`, { offset: 0, hint: damaged }))
  }
  if (8 + Number(length) > file.bytes) {
    throw new ReadFault('TRUNCATED', 'This file is cut short inside its header.', {
      offset: file.bytes,
      hint: unfinished,
    })
  }
  if (head[8] !== 0x7b) {
    throw foreignOr(head, new ReadFault('BAD_MAGIC', 'This is not a safetensors file.', { offset: 8, hint: damaged }))
  }
  return Number(length)
}

/** A pointer, web page or archive under this name has its own explanation. */
function foreignOr(head: Uint8Array, otherwise: ReadFault): ReadFault {
  const foreign = describeForeignStart(head)
  return foreign === undefined
    ? otherwise
    : new ReadFault('BAD_MAGIC', foreign.message, { offset: 0, hint: foreign.hint })
}

/** Spans in order of their start must follow each other without gap or overlap and end with the file. */
function checkSpans(spans: readonly { start: number; end: number }[], dataBytes: number, fileBytes: number): void {
  const base = fileBytes - dataBytes
  const ordered = spans.toSorted((left, right) => left.start - right.start || left.end - right.end)
  let end = 0
  for (const span of ordered) {
    if (span.start !== end) {
      const what = span.start < end ? 'overlap' : 'leave a hole'
      throw new ReadFault('BAD_VALUE', `Tensor data ${what} at byte ${end} of the data.`, {
        offset: base + end,
        hint: damaged,
      })
    }
    end = span.end
  }
  if (end > dataBytes) {
    throw new ReadFault(
      'INCOMPLETE_DATA',
      `This file is incomplete: ${end - dataBytes} bytes of tensor data are missing.`,
      {
        offset: fileBytes,
        hint: unfinished,
      },
    )
  }
  if (end < dataBytes) {
    throw new ReadFault('BAD_LENGTH', `The file has ${dataBytes - end} bytes that no tensor describes.`, {
      offset: base + end,
      hint: damaged,
    })
  }
}
