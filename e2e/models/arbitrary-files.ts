import fc from 'fast-check'
import { type BuilderSafetensor, buildSafetensors } from './safetensors-builder'
import { tinyLlamaConfig } from './tiny-models'

/** Damaged safetensors files and configs, for property tests and the long fuzz run. */
const dtypes = [
  ['F32', 4],
  ['F16', 2],
  ['BF16', 2],
  ['U8', 1],
  ['I32', 4],
] as const
const names = [
  'model.embed_tokens.weight',
  'lm_head.weight',
  'model.layers.0.mlp.experts.0.up_proj.qweight',
  'visual.blocks.0.attn.qkv.weight',
  '__proto__',
  '__metadata__',
]

const tensor: fc.Arbitrary<BuilderSafetensor> = fc
  .record({
    name: fc.oneof(fc.constantFrom(...names), fc.string({ unit: 'grapheme', maxLength: 50 })),
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
  })
  .map(({ name, dtype: [dtype, width], shape }) => ({
    name,
    dtype,
    shape,
    bytes: shape.reduce((product, size) => product * size, width),
  }))

/** Numbers and words that break readers, as they stand in a text. */
const nastyTexts = [
  '-1',
  '1e309',
  '-0',
  '1.5',
  '9007199254740993',
  '18446744073709551615',
  'null',
  'NaN',
  '"',
  '[',
  ']',
  '{',
  '}',
  ',',
  '\\u0000',
  '\ufeff',
  '\u202e',
]

/** Replaces one number, or cuts, or inserts something nasty. */
const injury = fc.oneof(
  fc.tuple(fc.nat(), fc.constantFrom(...nastyTexts)).map(
    ([at, nasty]) =>
      (text: string): string =>
        replaceNumber(text, at, nasty),
  ),
  fc.tuple(fc.nat(), fc.constantFrom(...nastyTexts)).map(([at, nasty]) => (text: string): string => {
    const place = at % (text.length + 1)
    return text.slice(0, place) + nasty + text.slice(place)
  }),
  fc.nat().map(
    (at) =>
      (text: string): string =>
        text.slice(0, at % (text.length + 1)),
  ),
)

function replaceNumber(text: string, at: number, replacement: string): string {
  const numbers = [...text.matchAll(/-?\d+(?:\.\d+)?/g)]
  const chosen = numbers[at % Math.max(1, numbers.length)]
  if (chosen === undefined) return text
  return text.slice(0, chosen.index) + replacement + text.slice(chosen.index + chosen[0].length)
}

const headerLength = fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 53n, 2n ** 64n - 1n, 100_000_000n)

function rarely<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
}

export const damagedSafetensors: fc.Arbitrary<Uint8Array> = fc
  .record({
    tensors: fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 5 }),
    injuries: fc.array(injury, { maxLength: 2 }),
    lie: rarely(headerLength),
    cut: rarely(fc.nat()),
  })
  .map(({ tensors, injuries, lie, cut }) => {
    const whole = buildSafetensors({ tensors })
    const length = Number(new DataView(whole.buffer, whole.byteOffset).getBigUint64(0, true))
    const text = Buffer.from(whole.subarray(8, 8 + length)).toString('utf8')
    const headerText = injuries.reduce((current, injure) => injure(current), text)
    const built = buildSafetensors({ tensors, headerText, ...(lie !== undefined && { headerLength: lie }) })
    return cut === undefined ? built : built.subarray(0, cut % (built.length + 1))
  })

/** A config with foreign values in known places, then broken as text. */
export const damagedDocument: fc.Arbitrary<string> = fc
  .record({
    changes: fc.dictionary(
      fc.constantFrom(
        ...Object.keys(tinyLlamaConfig()),
        'text_config',
        'vision_config',
        'quantization_config',
        'layer_types',
        'rope_scaling',
        'sliding_window',
      ),
      fc.jsonValue({ maxDepth: 3 }),
    ),
    injuries: fc.array(injury, { maxLength: 3 }),
  })
  .map(({ changes, injuries }) =>
    injuries.reduce((text, injure) => injure(text), JSON.stringify({ ...tinyLlamaConfig(), ...changes })),
  )
