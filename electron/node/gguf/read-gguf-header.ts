import { type GgufFacts } from '#shared/architecture/raw'
import { ok, type Result } from '#shared/domain/result'
import { describeForeignStart } from '#shared/library/foreign-start'
import { readSteadyFile } from '../library/open-regular-file'
import { faultResult, ReadFault } from '../library/read-fault'
import { ByteCursor, badLength } from './byte-cursor'
import { type ByteSource, fileSource, memorySource, PrefixTooShort, type ReadCount } from './byte-source'
import { HeaderNotes } from './header-notes'
import { ggufLimits } from './limits'
import { readMetadata } from './read-metadata'
import { checkPlacement, readTensors } from './read-tensors'

/** Header of one GGUF file; `GgufFacts` without the file names, which only the caller knows. */
export interface GgufHeader extends Omit<GgufFacts, 'file' | 'files'> {
  readonly alignment: number
  /** Where the tensor table ends. */
  readonly headerBytes: number
  readonly fileBytes: number
  readonly scan: HeaderScan
}

/** What else the scan saw: for the check of another reader's result. */
export interface HeaderScan {
  readonly magic: 'GGUF' | 'FUGG'
  readonly metadataCount: number
  /** Where the data of each tensor begins, from the start of the data section. */
  readonly tensorOffsets: readonly number[]
  /** Where the data section begins. */
  readonly dataOffset: number
  readonly notes: HeaderNotes
}

const damaged = 'The file is damaged. Download it again.'

/**
 * Reads the header of a GGUF file (versions 1 to 3, both byte orders), synchronously: meant for the worker.
 * Nothing is accepted that is cut, and no length is believed before it is compared with the file. Errors carry the
 * byte offset. Source: GGUF specification, and the limits of llama.cpp's reader.
 */
export function readGgufHeader(path: string, count?: ReadCount): Result<GgufHeader> {
  return readSteadyFile(path, (file) => parseHeader(fileSource(file.descriptor, file.bytes, count)))
}

/**
 * The same for the first bytes of a remote file of `fileBytes` bytes. `neededBytes`: the prefix is too short, ask again
 * with at least so many.
 */
export function readGgufPrefix(
  prefix: Uint8Array,
  fileBytes: number,
): Result<GgufHeader> | { readonly ok: 'more'; readonly neededBytes: number } {
  try {
    return ok(parseHeader(memorySource(prefix, fileBytes)))
  } catch (thrown) {
    if (thrown instanceof PrefixTooShort) return { ok: 'more', neededBytes: thrown.neededBytes }
    return faultResult(thrown, undefined)
  }
}

function parseHeader(source: ByteSource): GgufHeader {
  const cursor = new ByteCursor(source, { headerBytes: ggufLimits.headerBytes })
  const magic = readMagic(source, cursor)
  const { version, byteOrder } = readVersion(cursor)
  const lengthWidth = version === 1 ? 4 : 8
  const notes = new HeaderNotes()
  const counts = readCounts(cursor, lengthWidth)
  const { metadata, arrayLengths } = readMetadata(cursor, { count: counts.metadata, lengthWidth, notes })
  const alignment = readAlignment(metadata['general.alignment'], cursor.position)
  const table = readTensors(cursor, { count: counts.tensors, lengthWidth, notes })
  const headerBytes = cursor.position
  const dataOffset = Math.ceil(headerBytes / alignment) * alignment
  checkPlacement(table, { dataOffset, alignment, fileBytes: source.bytes })
  if (table.unknownTypes.length > 0) {
    const types = table.unknownTypes.join(', ')
    notes.warn(`Tensors of type ${types} (ik_llama.cpp) cannot be sized, so the size of the weights is not stated.`)
  }
  return {
    version,
    byteOrder,
    metadata,
    arrayLengths,
    tensors: table.tensors,
    unknownTypes: table.unknownTypes,
    warnings: notes.warnings,
    alignment,
    headerBytes,
    fileBytes: source.bytes,
    scan: { magic, metadataCount: counts.metadata, tensorOffsets: table.offsets, dataOffset, notes },
  }
}

function readMagic(source: ByteSource, cursor: ByteCursor): 'GGUF' | 'FUGG' {
  if (source.bytes === 0) {
    throw new ReadFault('EMPTY_FILE', 'This file is empty.', {
      offset: 0,
      hint: 'The download did not start or was cleared. Download it again.',
    })
  }
  const magic = cursor.text(Math.min(source.bytes, 4))
  if (magic !== 'GGUF' && magic !== 'FUGG') {
    if ('GGUF'.startsWith(magic)) cursor.requireAhead(4)
    const head = new Uint8Array(Math.min(source.bytes, 512))
    const read = source.read(head, 0, 4)
    const foreign = describeForeignStart(head.subarray(0, read))
    throw new ReadFault('BAD_MAGIC', foreign?.message ?? 'This is not a GGUF file: it does not begin with "GGUF".', {
      offset: 0,
      hint: foreign?.hint ?? 'Choose a .gguf file, or download this one again.',
    })
  }
  // Newer tools write big-endian files with the magic reversed.
  if (magic === 'FUGG') cursor.littleEndian = false
  return magic
}

/** The byte order shows in the version: a small number in one order is a huge one in the other. */
function readVersion(cursor: ByteCursor): { readonly version: number; readonly byteOrder: 'little' | 'big' } {
  const offset = cursor.position
  const read = cursor.u32()
  const isSwapped = (read & 0xffff) === 0 && read !== 0
  const version = isSwapped ? read >>> 24 : read
  if (isSwapped) cursor.littleEndian = !cursor.littleEndian
  if (version < 1 || version > 3 || (isSwapped && (read >>> 16) % 256 !== 0)) {
    const hint = version > 3 && version < 100 ? 'It is newer than this program. Look for an update.' : damaged
    throw new ReadFault('BAD_VERSION', `GGUF version ${isSwapped ? read : version} is not known; 1 to 3 are.`, {
      offset,
      hint,
    })
  }
  return { version, byteOrder: cursor.littleEndian ? 'little' : 'big' }
}

/** Counts are compared with the smallest space that so many items take, before the first is read. */
function readCounts(cursor: ByteCursor, width: 4 | 8): { readonly tensors: number; readonly metadata: number } {
  const offset = cursor.position
  const tensors = cursor.size(width, 'The number of tensors')
  const metadata = cursor.size(width, 'The number of metadata keys')
  if (tensors > 2 ** 32) throw badLength(`The file claims ${tensors} tensors`, offset)
  if (metadata > 2 ** 32) throw badLength(`The file claims ${metadata} metadata keys`, offset + width)
  // Pair: length, one byte of key, type, one byte of value. Tensor info: length, dimension count, type, offset.
  cursor.requireAhead(metadata * (width + 6) + tensors * (width + 16))
  if (metadata > ggufLimits.metadataCount || tensors > ggufLimits.tensorCount) {
    throw new ReadFault('LIMIT', `The file claims ${metadata} metadata keys and ${tensors} tensors.`, {
      offset,
      hint: 'No known model has so many; the file is damaged or made to harm.',
    })
  }
  return { tensors, metadata }
}

/** GGUF specification: the alignment is a power of two (a multiple of 8) and 32 when it is not stated. */
function readAlignment(value: unknown, offset: number): number {
  if (value === undefined) return 32
  if (typeof value === 'number' && value > 0 && value <= ggufLimits.alignment && Number.isInteger(Math.log2(value))) {
    return value
  }
  throw new ReadFault('BAD_VALUE', `general.alignment is ${String(value)}; it must be a power of two.`, {
    offset,
    hint: damaged,
  })
}
