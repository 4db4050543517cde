import fc from 'fast-check'
import { type BuilderTensor, type BuilderValue, buildGguf, type GgufScalarType, type GgufSpec } from './gguf-builder'

/** Generators of valid GGUF files and of damage to them, for property tests and the long fuzz run. */
const scalar: Readonly<Record<GgufScalarType, fc.Arbitrary<number | bigint | boolean | string>>> = {
  u8: fc.integer({ min: 0, max: 255 }),
  i8: fc.integer({ min: -128, max: 127 }),
  u16: fc.integer({ min: 0, max: 65_535 }),
  i16: fc.integer({ min: -32_768, max: 32_767 }),
  u32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  f32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  f64: fc.double({ noNaN: true, noDefaultInfinity: true }),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  bool: fc.boolean(),
  string: fc.string({ unit: 'grapheme', maxLength: 40 }),
}
const scalarTypes = Object.keys(scalar) as GgufScalarType[] // the keys of the table above

const value: fc.Arbitrary<BuilderValue> = fc.constantFrom(...scalarTypes).chain((type) =>
  fc.oneof(
    { weight: 3, arbitrary: scalar[type].map((item): BuilderValue => ({ type, value: item })) },
    {
      weight: 1,
      arbitrary: fc
        .array(scalar[type], { maxLength: 700 })
        .map((items): BuilderValue => ({ type: 'array', of: type, items })),
    },
  ),
)
const knownKeys = [
  'general.architecture',
  'llama.block_count',
  'tokenizer.ggml.tokens',
  'general.file_type',
  '__proto__',
  'toString',
]
const key = fc.oneof(fc.constantFrom(...knownKeys), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }))

/** ggml id, elements and bytes of a block. */
const types = [
  [0, 1, 4],
  [1, 1, 2],
  [2, 32, 18],
  [8, 32, 34],
  [12, 256, 144],
  [30, 1, 2],
  [39, 32, 17],
] as const
const tensor: fc.Arbitrary<BuilderTensor> = fc
  .record({
    name: fc.string({ minLength: 1, maxLength: 60 }),
    type: fc.constantFrom(...types),
    blocks: fc.integer({ min: 1, max: 3 }),
    rest: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  })
  .map(({ name, type: [id, elements, bytes], blocks, rest }) => ({
    name,
    type: id,
    dims: [blocks * elements, ...rest],
    bytes: rest.reduce((product, size) => product * size, blocks * bytes),
  }))

export const ggufSpec: fc.Arbitrary<GgufSpec> = fc.record({
  version: fc.constantFrom(2, 3),
  byteOrder: fc.constantFrom('little' as const, 'big' as const),
  metadata: fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 12 }),
  tensors: fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 }),
})

/** Numbers that broke readers: off by one, sign changes, products that wrap. */
const nasty = fc.constantFrom(
  0n,
  1n,
  7n,
  255n,
  2n ** 16n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 60n,
  2n ** 63n,
  2n ** 64n - 1n,
)

type Damage = (bytes: Uint8Array) => Uint8Array
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(fc.nat(), nasty).map(
    ([at, number]): Damage =>
      (bytes) =>
        overwrite(bytes, at, number, 8),
  ),
  fc.tuple(fc.nat(), nasty).map(
    ([at, number]): Damage =>
      (bytes) =>
        overwrite(bytes, at, number, 4),
  ),
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(
    ([at, byte]): Damage =>
      (bytes) =>
        overwrite(bytes, at, BigInt(byte), 1),
  ),
  fc.nat().map(
    (at): Damage =>
      (bytes) =>
        bytes.slice(0, at % (bytes.length + 1)),
  ),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 64 })).map(
    ([at, count]): Damage =>
      (bytes) =>
        removeBytes(bytes, at, count),
  ),
)

/** A small valid file with one to three injuries, most of them in the header. */
export const damagedGguf: fc.Arbitrary<Uint8Array> = fc
  .tuple(ggufSpec, fc.array(damage, { minLength: 1, maxLength: 3 }))
  .map(([spec, injuries]) => injuries.reduce((bytes, injure) => injure(bytes), buildGguf(spec)))

function overwrite(bytes: Uint8Array, at: number, number: bigint, width: number): Uint8Array {
  const copy = bytes.slice()
  const start = copy.length === 0 ? 0 : at % copy.length
  for (let index = 0; index < width && start + index < copy.length; index++) {
    copy[start + index] = Number((number >> BigInt(8 * index)) & 255n)
  }
  return copy
}

function removeBytes(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const start = bytes.length === 0 ? 0 : at % bytes.length
  return Uint8Array.of(...bytes.subarray(0, start), ...bytes.subarray(start + count))
}
