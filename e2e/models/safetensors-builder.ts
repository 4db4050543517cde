/** One tensor of a made safetensors file; `offsets` overrides where its data is said to be. */
export interface BuilderSafetensor {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** Length of the data; given, so that the builder shares no size table with the reader under test. */
  readonly bytes: number
  readonly offsets?: readonly [number, number]
}

export interface SafetensorsSpec {
  readonly tensors: readonly BuilderSafetensor[]
  readonly metadata?: Readonly<Record<string, string>> | null
  /** Replaces the JSON of the header. */
  readonly headerText?: string
  /** Lies about the length of the header. */
  readonly headerLength?: bigint
}

/** A whole safetensors file; tensor data are zeros. */
export function buildSafetensors(spec: SafetensorsSpec): Uint8Array {
  const { header, dataBytes } = buildSafetensorsHeader(spec)
  const file = new Uint8Array(header.length + dataBytes)
  file.set(header)
  return file
}

/** The part before the data, for sparse files. */
export function buildSafetensorsHeader(spec: SafetensorsSpec): {
  readonly header: Uint8Array
  readonly dataBytes: number
} {
  let position = 0
  const entries: [string, unknown][] = spec.metadata === undefined ? [] : [['__metadata__', spec.metadata]]
  for (const { name, dtype, shape, bytes, offsets } of spec.tensors) {
    entries.push([name, { dtype, shape, data_offsets: offsets ?? [position, position + bytes] }])
    position += bytes
  }
  const text = Buffer.from(spec.headerText ?? JSON.stringify(Object.fromEntries(entries)), 'utf8')
  const header = Buffer.alloc(8 + text.length)
  header.writeBigUInt64LE(spec.headerLength ?? BigInt(text.length), 0)
  header.set(text, 8)
  return { header, dataBytes: position }
}

export function f16(name: string, shape: readonly number[]): BuilderSafetensor {
  return { name, dtype: 'F16', shape, bytes: shape.reduce((product, size) => product * size, 2) }
}
