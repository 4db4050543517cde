import { type JSONVisitor, visit } from 'jsonc-parser'
import { type SafetensorsTensor } from '#shared/architecture/raw'
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
/** The largest checkpoints have about 100,000 tensors, spread over more than a hundred files. */
const MAX_TENSORS = 200_000
const MAX_DIMS = 32
/** Real names are below 200 characters; rules that look at names may take more than linear time. */
export const MAX_NAME_LENGTH = 1_024
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
 * Throws `ReadFault`; offsets are those of the file (the text begins at byte 8).
 */
export function parseHeaderText(
  text: Buffer,
  onTensor: (tensor: SafetensorsTensor) => void,
): { readonly spans: readonly Span[]; readonly warnings: readonly string[] } {
  const walker = new HeaderWalker(onTensor)
  // latin1 keeps one character a byte, so offsets are byte offsets; names are decoded as UTF-8 one by one.
  const source = text.toString('latin1')
  visit(source, walker.visitor(), { disallowComments: true, allowTrailingComma: false })
  walker.finish()
  return { spans: walker.spans, warnings: [...walker.warnings] }
}

class HeaderWalker {
  readonly spans: Span[] = []
  readonly warnings = new Set<string>()
  private readonly names = new Set<string>()
  private depth = 0
  private arrays = 0
  private entry: Entry | undefined
  private field = ''
  private isDone = false

  constructor(private readonly onTensor: (tensor: SafetensorsTensor) => void) {}

  visitor(): JSONVisitor {
    return {
      onObjectBegin: (offset) => this.objectBegin(offset),
      onObjectProperty: (property, offset) => this.property(decodeName(property), offset),
      onObjectEnd: () => this.objectEnd(),
      onArrayBegin: (offset) => this.arrayBegin(offset),
      onArrayEnd: () => {
        this.arrays -= 1
      },
      onLiteralValue: (value: unknown, offset) => this.literal(value, offset),
      onError: (_, offset) => {
        throw bad('BAD_JSON', 'The header is not valid JSON', offset)
      },
    }
  }

  finish(): void {
    if (!this.isDone) throw bad('BAD_JSON', 'The header is not a JSON object', 0)
  }

  private objectBegin(offset: number): void {
    this.depth += 1
    if (this.depth > 2 && this.entry?.name !== '__metadata__')
      throw bad('BAD_VALUE', 'The header is nested too deep', offset)
    if (this.depth > 8) throw bad('LIMIT', 'The header is nested too deep', offset)
  }

  private property(name: string, offset: number): void {
    if (this.depth > 1) {
      this.field = this.depth === 2 ? name : ''
      return
    }
    if (name.length > MAX_NAME_LENGTH) throw bad('BAD_LENGTH', `A tensor name is ${name.length} letters long`, offset)
    if (this.names.has(name)) throw bad('BAD_VALUE', `The tensor ${quoteForeign(name)} is listed twice`, offset)
    if (this.names.size >= MAX_TENSORS) throw bad('LIMIT', `The header lists more than ${MAX_TENSORS} tensors`, offset)
    this.names.add(name)
    this.entry = { name, offset }
  }

  private objectEnd(): void {
    this.depth -= 1
    if (this.depth === 0) this.isDone = true
    if (this.depth === 1 && this.entry !== undefined && this.entry.name !== '__metadata__') this.emit(this.entry)
  }

  private arrayBegin(offset: number): void {
    this.arrays += 1
    const { entry, field } = this
    if (this.depth === 0 || this.arrays > 8) throw bad('BAD_VALUE', 'The header has a list in a wrong place', offset)
    if (entry === undefined || entry.name === '__metadata__') return
    if (this.depth !== 2 || this.arrays > 1)
      throw bad('BAD_VALUE', `${quoteForeign(entry.name)} has a list in a wrong place`, offset)
    if (field === 'shape') entry.shape = []
    if (field === 'data_offsets') entry.offsets = []
  }

  private literal(value: unknown, offset: number): void {
    const { entry, field } = this
    if (entry === undefined) throw bad('BAD_JSON', 'The header is not a JSON object', offset)
    // Some writers store `"__metadata__": null`.
    if (entry.name === '__metadata__') return
    if (this.depth === 1) throw bad('BAD_VALUE', `${quoteForeign(entry.name)} is not described by an object`, offset)
    if (field === 'dtype' && typeof value === 'string' && this.arrays === 0) entry.dtype = value
    else if (field === 'shape') pushSize(entry.shape, value, { entry, offset })
    else if (field === 'data_offsets') pushSize(entry.offsets, value, { entry, offset })
  }

  private emit({ name, dtype, shape, offsets, offset }: Entry): void {
    this.entry = { name: '', offset }
    const [start, end] = offsets ?? []
    if (
      dtype === undefined ||
      shape === undefined ||
      start === undefined ||
      end === undefined ||
      offsets?.length !== 2
    ) {
      throw bad('BAD_VALUE', `${quoteForeign(name)} lacks dtype, shape or data_offsets`, offset)
    }
    if (end < start) throw bad('BAD_VALUE', `The data of ${quoteForeign(name)} ends before it begins`, offset)
    const elements = shape.reduce((product, size) => product * size, 1)
    const bits = dtypeBits.get(dtype)
    if (!Number.isSafeInteger(elements))
      throw bad('BAD_LENGTH', `${quoteForeign(name)} claims ${elements} elements`, offset)
    if (bits === undefined) {
      this.warnings.add(`The type ${quoteForeign(dtype)} is not known; its tensors are counted in bytes only.`)
    } else if (Math.ceil((elements * bits) / 8) !== end - start) {
      throw bad('BAD_VALUE', `The data of ${quoteForeign(name)} is not as long as its shape and type say`, offset)
    }
    this.spans.push({ start, end })
    this.onTensor({ name, dtype, shape, bytes: end - start })
  }
}

function pushSize(
  list: number[] | undefined,
  value: unknown,
  { entry, offset }: { readonly entry: Entry; readonly offset: number },
): void {
  const isSize = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
  if (!isSize || list === undefined || list.length >= MAX_DIMS) {
    throw bad('BAD_VALUE', `${quoteForeign(entry.name)} has a size that is not a whole number`, offset)
  }
  list.push(value)
}

/** Names came as one character a byte; only the rare non-ASCII one needs decoding. */
function decodeName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole ASCII range is meant
  return /^[\x00-\x7f]*$/.test(name) ? name : Buffer.from(name, 'latin1').toString('utf8')
}

function bad(code: 'BAD_JSON' | 'BAD_VALUE' | 'BAD_LENGTH' | 'LIMIT', message: string, offset: number): ReadFault {
  return new ReadFault(code, `${message}.`, { offset: offset + 8, hint: damaged })
}
