import { ByteWriter } from './byte-writer'

const typeIds = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  u64: 10,
  i64: 11,
  f64: 12,
} as const
export type GgufScalarType = keyof typeof typeIds

/** One metadata value; texts may be raw bytes, to write what is not UTF-8. */
export type BuilderValue =
  | { readonly type: GgufScalarType; readonly value: number | bigint | boolean | string | Uint8Array }
  | {
      readonly type: 'array'
      readonly of: GgufScalarType
      readonly items: Iterable<number | bigint | boolean | string>
    }

export interface BuilderTensor {
  readonly name: string
  readonly dims: readonly (number | bigint)[]
  /** ggml type id. */
  readonly type: number
  /** Bytes of data; must be given, so that the builder shares no size table with the reader under test. */
  readonly bytes: number
  /** Overrides where the data is said to begin. */
  readonly offset?: number | bigint
}

export interface GgufSpec {
  readonly version?: number
  readonly byteOrder?: 'little' | 'big'
  readonly magic?: string
  readonly metadata?: readonly (readonly [key: string, value: BuilderValue])[]
  readonly tensors?: readonly BuilderTensor[]
  readonly alignment?: number
  /** Lies about counts. */
  readonly tensorCount?: number | bigint
  readonly metadataCount?: number | bigint
}

export const u32 = (value: number): BuilderValue => ({ type: 'u32', value })
export const f32 = (value: number): BuilderValue => ({ type: 'f32', value })
export const bool = (value: boolean): BuilderValue => ({ type: 'bool', value })
export const text = (value: string | Uint8Array): BuilderValue => ({ type: 'string', value })
export function list(of: GgufScalarType, items: Iterable<number | bigint | boolean | string>): BuilderValue {
  return { type: 'array', of, items }
}

export interface BuiltGguf {
  /** Header and the padding behind it. */
  readonly header: Uint8Array
  readonly dataBytes: number
}

/** Header of a GGUF file without its tensor data, so that huge models can be written as sparse files. */
export function buildGgufHeader(spec: GgufSpec): BuiltGguf {
  const version = spec.version ?? 3
  const writer = new ByteWriter(spec.byteOrder !== 'big')
  const size = (value: number | bigint): ByteWriter => (version === 1 ? writer.u32(Number(value)) : writer.u64(value))
  const metadata = spec.metadata ?? []
  const tensors = spec.tensors ?? []
  const alignment = spec.alignment ?? 32
  writer.raw(Buffer.from(spec.magic ?? 'GGUF', 'latin1')).u32(version)
  size(spec.tensorCount ?? tensors.length)
  size(spec.metadataCount ?? metadata.length)
  for (const [key, value] of metadata) {
    writeText(writer, size, key)
    writeValue(writer, size, value)
  }
  let dataBytes = 0
  for (const tensor of tensors) {
    writeText(writer, size, tensor.name)
    writer.u32(tensor.dims.length)
    for (const dim of tensor.dims) size(dim)
    const offset = Math.ceil(dataBytes / alignment) * alignment
    writer.u32(tensor.type).u64(tensor.offset ?? offset)
    dataBytes = offset + tensor.bytes
  }
  if (tensors.length > 0) writer.zeros((alignment - (writer.length % alignment)) % alignment)
  return { header: writer.finish(), dataBytes }
}

/** A whole small GGUF file; tensor data are zeros. The end of the last tensor is the end of the file. */
export function buildGguf(spec: GgufSpec): Uint8Array {
  const { header, dataBytes } = buildGgufHeader(spec)
  const file = new Uint8Array(header.length + dataBytes)
  file.set(header)
  return file
}

function writeText(writer: ByteWriter, size: (value: number) => ByteWriter, value: string | Uint8Array): void {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  size(bytes.length)
  writer.raw(bytes)
}

function writeValue(writer: ByteWriter, size: (value: number) => ByteWriter, value: BuilderValue): void {
  if (value.type !== 'array') {
    writer.u32(typeIds[value.type])
    writeScalar(writer, size, value)
    return
  }
  const items = [...value.items]
  writer.u32(9).u32(typeIds[value.of])
  size(items.length)
  for (const item of items) writeScalar(writer, size, { type: value.of, value: item })
}

function writeScalar(
  writer: ByteWriter,
  size: (value: number) => ByteWriter,
  { type, value }: Exclude<BuilderValue, { readonly type: 'array' }>,
): void {
  if (type === 'string') {
    writeText(writer, size, value instanceof Uint8Array ? value : String(value))
  } else if (type === 'u64' || type === 'i64') writer.u64(typeof value === 'bigint' ? value : Number(value))
  else if (type === 'f32') writer.f32(Number(value))
  else if (type === 'f64') writer.f64(Number(value))
  else if (type === 'u32' || type === 'i32') writer.u32(Number(value))
  else if (type === 'u16' || type === 'i16') writer.u16(Number(value))
  else writer.u8(Number(value))
}
