import { isDeepStrictEqual } from 'node:util'
import { ggmlTensorBytes } from '#shared/architecture/ggml-types'
import { type GgufTensor, type GgufValue } from '#shared/architecture/raw'
import { fail, ok, type Result } from '#shared/domain/result'
import { quoteForeign } from '../library/read-fault'
import { ggufLimits } from './limits'
import { type GgufHeader } from './read-gguf-header'

/** What `@huggingface/gguf` says about a header. Its types promise more than it checks, so nothing is believed here. */
export interface LibraryResult {
  readonly typedMetadata: object
  readonly tensorInfos: readonly unknown[]
  readonly tensorDataOffset: unknown
  readonly littleEndian: unknown
}

/** GGUF value types of the specification. */
const FLOAT32 = 6
const ARRAY = 9
const FLOAT64 = 12
const OWN_KEYS: ReadonlySet<string> = new Set(['version', 'tensor_count', 'kv_count'])

/**
 * The header as the library read it, after a comparison with what our scan of the same bytes found: counts, byte order,
 * every key, value and list length, and name, dimensions, type, bytes and place of every tensor. Any difference is
 * READERS_DISAGREE. `knownLengths`: lists that were cut out of the bytes it got; `removedBytes`: how many that were.
 */
export function headerFromLibrary(
  result: LibraryResult,
  {
    ours,
    knownLengths,
    removedBytes,
  }: { readonly ours: GgufHeader; readonly knownLengths: ReadonlyMap<string, number>; readonly removedBytes: number },
): Result<GgufHeader> {
  const read = readMetadata(result.typedMetadata, { ours, knownLengths })
  const difference = read.difference ?? metadataDifference(read, ours)
  if (difference !== undefined) return disagreement(difference)
  const tensors: GgufTensor[] = []
  for (const [index, info] of result.tensorInfos.entries()) {
    const tensor = toTensor(info, ours.scan.tensorOffsets[index])
    if (tensor === undefined || !isDeepStrictEqual(tensor, ours.tensors[index])) {
      return disagreement(`tensor ${quoteForeign(ours.tensors[index]?.name ?? `number ${index + 1}`)}`)
    }
    tensors.push(tensor)
  }
  if (tensors.length !== ours.tensors.length) return disagreement('the number of tensors')
  // The library pads what it was given; where lists were cut out, the end of the header is that much earlier.
  const { alignment, headerBytes } = ours
  const dataOffset = Math.ceil((headerBytes - removedBytes) / alignment) * alignment
  if (result.tensorDataOffset !== BigInt(dataOffset)) return disagreement('where the tensor data begin')
  if (result.littleEndian !== (ours.byteOrder === 'little')) return disagreement('the byte order')
  return ok({ ...ours, metadata: read.metadata, arrayLengths: read.arrayLengths, tensors })
}

interface ReadMetadata {
  readonly metadata: Record<string, GgufValue>
  readonly arrayLengths: Record<string, number>
  readonly counts: ReadonlyMap<string, unknown>
  readonly difference?: string
}

function readMetadata(
  typed: object,
  { ours, knownLengths }: { readonly ours: GgufHeader; readonly knownLengths: ReadonlyMap<string, number> },
): ReadMetadata {
  // As in our own reader: keys are foreign.
  const metadata: Record<string, GgufValue> = Object.create(null)
  const arrayLengths: Record<string, number> = Object.create(null)
  const counts = new Map<string, unknown>()
  for (const [key, entry] of Object.entries(typed)) {
    const { type, subType, value } = fieldsOf(entry)
    if (OWN_KEYS.has(key)) counts.set(key, value)
    else if (type === ARRAY) {
      if (!Array.isArray(value)) return { metadata, arrayLengths, counts, difference: `the list ${quoteForeign(key)}` }
      arrayLengths[key] = knownLengths.get(key) ?? value.length
      const isKept = arrayLengths[key] <= ggufLimits.keptArrayLength && !key.startsWith('tokenizer.')
      const items = isKept ? toItems(value, subType) : undefined
      if (items !== undefined && !ours.scan.notes.leftOut.has(key)) metadata[key] = items
    } else {
      const scalar = toScalar(value, type)
      if (scalar !== undefined && !ours.scan.notes.leftOut.has(key)) metadata[key] = scalar
    }
  }
  return { metadata, arrayLengths, counts }
}

function fieldsOf(entry: unknown): { readonly type?: unknown; readonly subType?: unknown; readonly value?: unknown } {
  return typeof entry === 'object' && entry !== null ? entry : {}
}

/** Numbers that are held exactly, as our reader keeps them. */
function toScalar(value: unknown, type: unknown): string | number | boolean | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined
  return type === FLOAT32 || type === FLOAT64 || Number.isSafeInteger(number) ? number : undefined
}

function toItems(values: readonly unknown[], type: unknown): GgufValue | undefined {
  const items = values.map((value) => toScalar(value, type)).filter((item) => item !== undefined)
  if (items.length !== values.length) return undefined
  const [kind] = new Set(items.map((item) => typeof item))
  if (kind === 'string') return items.filter((item) => typeof item === 'string')
  return kind === 'boolean'
    ? items.filter((item) => typeof item === 'boolean')
    : items.filter((item) => typeof item === 'number')
}

function metadataDifference({ metadata, arrayLengths, counts }: ReadMetadata, ours: GgufHeader): string | undefined {
  if (counts.get('version') !== ours.version) return 'the version'
  if (counts.get('tensor_count') !== BigInt(ours.tensors.length)) return 'the number of tensors'
  if (counts.get('kv_count') !== BigInt(ours.scan.metadataCount)) return 'the number of keys'
  const keys = new Set([...Object.keys(metadata), ...Object.keys(ours.metadata), ...Object.keys(ours.arrayLengths)])
  for (const key of [...keys, ...Object.keys(arrayLengths)]) {
    const isSame = isDeepStrictEqual(metadata[key], ours.metadata[key]) && arrayLengths[key] === ours.arrayLengths[key]
    if (!isSame) return `the key ${quoteForeign(key)}`
  }
  return undefined
}

/** `undefined` for what is no tensor, or lies somewhere else than our scan says. */
function toTensor(info: unknown, expectedOffset: number | undefined): GgufTensor | undefined {
  if (typeof info !== 'object' || info === null) return undefined
  const { name, shape, dtype, offset } = info as Readonly<Record<string, unknown>> // every field is checked below
  if (typeof name !== 'string' || typeof dtype !== 'number' || !Array.isArray(shape)) return undefined
  if (typeof offset !== 'bigint' || expectedOffset === undefined || offset !== BigInt(expectedOffset)) return undefined
  const dims = shape.map(Number)
  if (!dims.every((size) => Number.isSafeInteger(size) && size > 0)) return undefined
  const bytes = ggmlTensorBytes(dtype, dims)
  return { name, dims, type: dtype, ...(bytes === undefined ? {} : { bytes }) }
}

function disagreement(where: string): Result<never> {
  return fail('READERS_DISAGREE', `Two readers understand this header differently: ${where}.`, {
    hint: 'Nothing was taken from it. Download the file and inspect it on the disk; please report this file.',
  })
}
