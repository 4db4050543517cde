import { type SafetensorsTensor } from '#shared/architecture/raw'
import { JsonCursor } from '../config/json-cursor'
import { type JsonText } from '../config/json-window'
import { quoteForeign, ReadFault } from '../library/read-fault'

/** Bits of one element by dtype (safetensors `Dtype`). Others are sized by their span, with a warning. */
const dtypeBits: ReadonlyMap<string, number> = new Map([
  ['BOOL', 8],
  ['I8', 8],
  ['U8', 8],
  ['F8_E4M3', 8],
  ['F8_E5M2', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['F16', 16],
  ['BF16', 16],
  ['I16', 16],
  ['U16', 16],
  ['F32', 32],
  ['I32', 32],
  ['U32', 32],
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
  ['C64', 64],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['F4', 4],
])
/** The largest checkpoints have about 100,000 tensors, and spread them over more than a hundred files. */
const MAX_TENSORS = 100_000
const MAX_DIMS = 16
/** Real names are below 200 characters; rules that look at names may take more than linear time. */
export const MAX_NAME_LENGTH = 1_024
/** All names together: the largest number of tensors with names as long as real ones get. */
export const MAX_NAME_CHARACTERS = 16 * 2 ** 20
const MAX_WARNINGS = 20
/** Levels and values below `__metadata__`, which the format says is one level of texts. */
const METADATA_LIMITS = { levels: 7, values: 1_000_000 }
const damaged = 'The file is damaged. Download it again.'

export interface Span {
  readonly start: number
  readonly end: number
}

interface Entry {
  readonly name: string
  readonly offset: number
  dtype?: string
  shape?: number[]
  offsets?: number[]
}

/**
 * Walks the JSON of a safetensors header without building it, so that duplicate names show and memory stays small.
 * Throws `ReadFault`; offsets are those of the file.
 */
export function parseHeaderText(
  text: JsonText,
  onTensor: (tensor: SafetensorsTensor) => void,
): { readonly spans: readonly Span[]; readonly warnings: readonly string[] } {
  const cursor = new JsonCursor(text, METADATA_LIMITS)
  const header = new HeaderReading(cursor, onTensor)
  cursor.object(MAX_NAME_LENGTH * 6, (name, offset) => header.member(name, offset))
  cursor.end()
  return { spans: header.spans, warnings: [...header.warnings] }
}

class HeaderReading {
  readonly spans: Span[] = []
  readonly warnings = new Set<string>()
  private readonly names = new Set<string>()
  private characters = 0

  constructor(
    private readonly cursor: JsonCursor,
    private readonly onTensor: (tensor: SafetensorsTensor) => void,
  ) {}

  member(name: string, offset: number): void {
    this.characters += name.length
    if (name.length > MAX_NAME_LENGTH) throw bad('BAD_LENGTH', `A tensor name is ${name.length} letters long`, offset)
    if (this.names.has(name)) throw bad('BAD_VALUE', `The tensor ${quoteForeign(name)} is listed twice`, offset)
    if (this.names.size >= MAX_TENSORS) throw bad('LIMIT', `The header lists more than ${MAX_TENSORS} tensors`, offset)
    if (this.characters > MAX_NAME_CHARACTERS) throw bad('LIMIT', 'The names of the tensors are too long', offset)
    this.names.add(name)
    // Some writers store `"__metadata__": null`.
    if (name === '__metadata__') this.metadata(offset)
    else this.tensor({ name, offset })
  }

  private metadata(offset: number): void {
    const kind = this.cursor.kind()
    if (kind === 'list') throw bad('BAD_VALUE', 'The header has a list in a wrong place', offset)
    this.cursor.skip()
  }

  private tensor(entry: Entry): void {
    const { cursor } = this
    const { name, offset } = entry
    if (cursor.kind() !== 'object') {
      throw bad('BAD_VALUE', `${quoteForeign(name)} is not described by an object`, offset)
    }
    cursor.object(MAX_NAME_LENGTH, (field, at) => {
      if (field === 'dtype' && entry.dtype === undefined) entry.dtype = this.dtype(entry, at)
      else if (field === 'shape' && entry.shape === undefined) entry.shape = this.sizes(entry, at)
      else if (field === 'data_offsets' && entry.offsets === undefined) entry.offsets = this.sizes(entry, at)
      else this.otherField({ name, field, at })
    })
    this.emit(entry)
  }

  private otherField({
    name,
    field,
    at,
  }: {
    readonly name: string
    readonly field: string
    readonly at: number
  }): void {
    const isKnown = field === 'dtype' || field === 'shape' || field === 'data_offsets'
    if (isKnown) throw bad('BAD_VALUE', `${quoteForeign(name)} states its ${field} twice`, at)
    if (this.cursor.kind() === 'object') throw bad('BAD_VALUE', 'The header is nested too deep', at)
    this.cursor.skip(1)
  }

  private dtype({ name }: Entry, offset: number): string {
    if (this.cursor.kind() !== 'text') throw bad('BAD_VALUE', `${quoteForeign(name)} has no type`, offset)
    return this.cursor.string(100)
  }

  private sizes({ name }: Entry, offset: number): number[] {
    const { cursor } = this
    const sizes: number[] = []
    const refused = (): ReadFault =>
      bad('BAD_VALUE', `${quoteForeign(name)} has a size that is not a whole number`, offset)
    if (cursor.kind() !== 'list') throw refused()
    cursor.list(() => {
      if (cursor.kind() !== 'number') throw refused()
      const size = cursor.size()
      if (size === undefined || !Number.isSafeInteger(size) || sizes.length >= MAX_DIMS) throw refused()
      sizes.push(size)
    })
    return sizes
  }

  private emit({ name, dtype, shape, offsets, offset }: Entry): void {
    const [start, end] = offsets ?? []
    const isComplete = dtype !== undefined && shape !== undefined && offsets?.length === 2
    if (!isComplete || start === undefined || end === undefined) {
      throw bad('BAD_VALUE', `${quoteForeign(name)} lacks dtype, shape or data_offsets`, offset)
    }
    if (end < start) throw bad('BAD_VALUE', `The data of ${quoteForeign(name)} ends before it begins`, offset)
    const elements = shape.reduce((product, size) => product * size, 1)
    if (!Number.isSafeInteger(elements)) {
      throw bad('BAD_LENGTH', `${quoteForeign(name)} claims ${elements} elements`, offset)
    }
    const bits = dtypeBits.get(dtype)
    if (bits === undefined) this.unknownType(dtype)
    else if (Math.ceil((elements * bits) / 8) !== end - start) {
      throw bad('BAD_VALUE', `The data of ${quoteForeign(name)} is not as long as its shape and type say`, offset)
    }
    this.spans.push({ start, end })
    this.onTensor({ name, dtype, shape, bytes: end - start })
  }

  private unknownType(dtype: string): void {
    if (this.warnings.size >= MAX_WARNINGS) return
    this.warnings.add(`The type ${quoteForeign(dtype)} is not known; its tensors are counted in bytes only.`)
  }
}

function bad(code: 'BAD_VALUE' | 'BAD_LENGTH' | 'LIMIT', message: string, offset: number): ReadFault {
  return new ReadFault(code, `${message}.`, { offset, hint: damaged })
}
