import { type GgufValue } from '#shared/architecture/raw'
import { quoteForeign, ReadFault } from '../library/read-fault'
import { type ByteCursor, badLength, MAX_PLAUSIBLE_LENGTH } from './byte-cursor'
import { type HeaderNotes } from './header-notes'
import { ggufLimits } from './limits'

const STRING = 8
const ARRAY = 9
const UINT32 = 4
/** Bytes of one value by type id (GGUF specification); strings and arrays have no fixed width. */
const widths: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8]

export interface GgufMetadata {
  readonly metadata: Record<string, GgufValue>
  readonly arrayLengths: Record<string, number>
}

interface Reading extends GgufMetadata {
  readonly cursor: ByteCursor
  readonly notes: HeaderNotes
  /** 4 in version 1, else 8. */
  readonly lengthWidth: 4 | 8
}

/** Reads `count` key-value pairs. Arrays are counted; small ones outside the tokenizer are kept. Throws `ReadFault`. */
export function readMetadata(
  cursor: ByteCursor,
  options: { readonly count: number; readonly lengthWidth: 4 | 8; readonly notes: HeaderNotes },
): GgufMetadata {
  const { lengthWidth, notes } = options
  // Keys are foreign: with no prototype, `__proto__` is a key like any other.
  const reading: Reading = {
    cursor,
    notes,
    lengthWidth,
    metadata: Object.create(null),
    arrayLengths: Object.create(null),
  }
  const seen = new Set<string>()
  for (let index = 0; index < options.count; index++) readPair(reading, seen)
  return { metadata: reading.metadata, arrayLengths: reading.arrayLengths }
}

function readPair(reading: Reading, seen: Set<string>): void {
  const { cursor, notes } = reading
  const key = readKey(reading)
  const typeOffset = cursor.position
  const type = cursor.u32()
  if (key === 'general.alignment' && type !== UINT32) {
    throw new ReadFault('BAD_TYPE', 'general.alignment is not a 32-bit number.', {
      offset: typeOffset,
      hint: 'The file is damaged. Download it again.',
    })
  }
  const isDuplicate = seen.has(key)
  seen.add(key)
  const value = type === ARRAY ? readArray(reading, key, isDuplicate) : readScalar(reading, key, type)
  if (isDuplicate) {
    notes.hasDuplicateKeys = true
    notes.warn(`The key ${quoteForeign(key)} is there more than once; the first one counts.`)
  } else if (value !== undefined) reading.metadata[key] = value
}

function readKey({ cursor, notes, lengthWidth }: Reading): string {
  const offset = cursor.position
  const bytes = cursor.size(lengthWidth, 'The length of a key')
  if (bytes === 0 || bytes > ggufLimits.keyBytes) {
    throw new ReadFault('BAD_LENGTH', `A key is ${bytes} bytes long; the format allows 1 to ${ggufLimits.keyBytes}.`, {
      offset,
      hint: 'The file is damaged. Download it again.',
    })
  }
  notes.keep(bytes, offset)
  return notes.text(cursor.text(bytes))
}

function readScalar(reading: Reading, key: string, type: number): GgufValue | undefined {
  const { cursor, notes } = reading
  if (type === STRING) return readText(reading, key)
  const offset = cursor.position
  const value = readNumber(cursor, type)
  if (value === undefined) throw badType(key, type, offset - 4)
  if (typeof value !== 'number') return value
  if (Number.isFinite(value) && (type === 6 || type === 12 || Number.isSafeInteger(value))) return value
  const reason = Number.isFinite(value) ? 'is too large to be held exactly' : 'is not a finite number'
  notes.leftOut.add(key)
  notes.warn(`The value of ${quoteForeign(key)} ${reason} and was left out.`)
  return undefined
}

/** A fixed-width value; `undefined` for a type id that has none. 64-bit ones may come back inexact, the caller checks. */
function readNumber(cursor: ByteCursor, type: number): number | boolean | undefined {
  switch (type) {
    case 0:
      return cursor.u8()
    case 1:
      return cursor.i8()
    case 2:
      return cursor.u16()
    case 3:
      return cursor.i16()
    case 4:
      return cursor.u32()
    case 5:
      return cursor.i32()
    case 6:
      return cursor.f32()
    case 7:
      return readBoolean(cursor)
    case 10:
      return Number(cursor.u64())
    case 11:
      return Number(cursor.i64())
    case 12:
      return cursor.f64()
    default:
      return undefined
  }
}

function readBoolean(cursor: ByteCursor): boolean {
  const offset = cursor.position
  const byte = cursor.u8()
  if (byte > 1) {
    // GGUF specification: 0 is false, 1 is true, anything else makes the file invalid.
    throw new ReadFault('BAD_VALUE', `A true/false value is stored as ${byte}.`, {
      offset,
      hint: 'The file is damaged. Download it again.',
    })
  }
  return byte === 1
}

function readText(reading: Reading, key: string): string | undefined {
  const { cursor, notes } = reading
  const offset = cursor.position
  const bytes = readTextLength(reading)
  notes.longestText = Math.max(notes.longestText, bytes)
  if (bytes > ggufLimits.textBytes) {
    cursor.skip(bytes)
    notes.leftOut.add(key)
    notes.warn(`The text of ${quoteForeign(key)} is ${bytes} bytes long and was left out.`)
    return undefined
  }
  notes.keep(bytes, offset)
  return notes.text(cursor.text(bytes))
}

function readTextLength({ cursor, lengthWidth }: Reading): number {
  const offset = cursor.position
  const bytes = cursor.size(lengthWidth, 'The length of a text')
  if (bytes > MAX_PLAUSIBLE_LENGTH) throw badLength(`A text claims ${bytes} bytes`, offset)
  return bytes
}

function readArray(reading: Reading, key: string, isDuplicate: boolean): GgufValue | undefined {
  const { cursor, notes, lengthWidth } = reading
  const offset = cursor.position
  const itemType = cursor.u32()
  const count = cursor.size(lengthWidth, 'The length of an array')
  if (itemType === ARRAY) {
    throw new ReadFault('BAD_TYPE', `The array ${quoteForeign(key)} holds arrays; llama.cpp refuses such files too.`, {
      offset,
      hint: 'The file is damaged or made to harm. Download it again.',
    })
  }
  if (count > MAX_PLAUSIBLE_LENGTH) throw badLength(`The array ${quoteForeign(key)} claims ${count} items`, offset + 4)
  const width = itemType === STRING ? lengthWidth : widths[itemType]
  if (width === undefined) throw badType(key, itemType, offset)
  // The smallest space that so many items take must be there before anything is read.
  cursor.requireAhead(count * width)
  if (itemType === STRING && count > ggufLimits.textArrayLength) {
    throw new ReadFault('LIMIT', `The array ${quoteForeign(key)} claims ${count} texts.`, {
      offset,
      hint: 'No known model has so many; the file is damaged or made to harm.',
    })
  }
  if (!isDuplicate) reading.arrayLengths[key] = count
  notes.longestArray = Math.max(notes.longestArray, count)
  if (itemType === STRING) notes.arrayTexts += count
  if (count <= ggufLimits.keptArrayLength && !key.startsWith('tokenizer.')) {
    return readItems(reading, key, { itemType, count })
  }
  const itemsAt = cursor.position
  if (itemType === STRING) cursor.skipStrings(count, lengthWidth)
  else cursor.skip(count * width)
  notes.skip({ key, countAt: offset + 4, itemsAt, end: cursor.position, count })
  return undefined
}

function readItems(
  reading: Reading,
  key: string,
  { itemType, count }: { readonly itemType: number; readonly count: number },
): GgufValue | undefined {
  if (count === 0) return []
  reading.notes.keep(count * 8, reading.cursor.position)
  if (itemType === STRING) {
    const texts: string[] = []
    const start = reading.cursor.position
    for (let index = 0; index < count; index++) {
      const text = readText(reading, key)
      if (text !== undefined) texts.push(text)
    }
    reading.notes.longestText = Math.max(reading.notes.longestText, reading.cursor.position - start)
    return texts.length === count ? texts : undefined
  }
  const items = Array.from({ length: count }, () => readNumber(reading.cursor, itemType))
  if (itemType === 7) return items.filter((item) => typeof item === 'boolean')
  const numbers = items.filter((item) => typeof item === 'number')
  const isFloat = itemType === 6 || itemType === 12
  if (numbers.every((value) => (isFloat ? Number.isFinite(value) : Number.isSafeInteger(value)))) return numbers
  reading.notes.leftOut.add(key)
  reading.notes.warn(`The array ${quoteForeign(key)} holds values that are not usable numbers and was left out.`)
  return undefined
}

function badType(key: string, type: number, offset: number): ReadFault {
  return new ReadFault('BAD_TYPE', `The key ${quoteForeign(key)} has the unknown value type ${type}.`, {
    offset,
    hint: 'The file is damaged, or newer than this program. Download it again or look for an update.',
  })
}
