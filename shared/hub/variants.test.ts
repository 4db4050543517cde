import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupVariants, type RepoFile } from './variants'

const file = (path: string, bytes = 1): RepoFile => ({ path, bytes })
const labels = (...paths: string[]) =>
  groupVariants(paths.map((path) => file(path))).variants.map((variant) => variant.label)

describe('groupVariants', () => {
  it('makes one variant of each GGUF quantisation and keeps shards together', () => {
    const contents = groupVariants([
      file('Qwen3-32B-Q8_0-00001-of-00002.gguf', 20),
      file('Qwen3-32B-Q8_0-00002-of-00002.gguf', 12),
      file('Qwen3-32B-Q4_K_M.gguf', 18),
      file('mmproj-F16.gguf', 1),
      file('README.md'),
      file('Qwen3-32B.imatrix'),
    ])
    expect(contents.variants.map(({ label, bytes, files }) => [label, bytes, files.length])).toEqual([
      ['Q4_K_M', 18, 1],
      ['Q8_0', 32, 2],
    ])
    expect(contents.projectors.map(({ path }) => path)).toEqual(['mmproj-F16.gguf'])
    expect(contents.other.map(({ path }) => path)).toEqual(['Qwen3-32B.imatrix'])
  })

  it.each([
    ['gemma-3-27b-it-qat-Q4_0.gguf', 'Q4_0'],
    ['UD-Q4_K_XL/DeepSeek-V3-UD-Q4_K_XL-00001-of-00008.gguf', 'UD-Q4_K_XL'],
    ['Llama-3.2-1B-Instruct-f16.gguf', 'F16'],
    ['IQ2_XXS/model-IQ2_XXS.gguf', 'IQ2_XXS'],
    ['some-model.gguf', 'some-model'],
    ['gpt-oss-20b-MXFP4.gguf', 'MXFP4'],
  ])('labels %s as %s', (path, label) => {
    expect(labels(path)).toEqual([label])
  })

  it('marks the second copy of the same weights', () => {
    const { variants } = groupVariants(
      [
        'model-00001-of-00002.safetensors',
        'model-00002-of-00002.safetensors',
        'pytorch_model-00001-of-00002.bin',
        'original/consolidated.00.pth',
        'consolidated.safetensors',
      ].map((path, index) => file(path, index + 1)),
    )
    const copies = variants.filter((variant) => variant.duplicateOf === 'safetensors').map((variant) => variant.label)
    expect(copies.toSorted()).toEqual(['consolidated', 'pytorch', 'pytorch (original)'])
  })

  it('leaves training state and other frameworks out of the weights', () => {
    expect(labels('optimizer.pt', 'training_args.bin', 'tf_model.h5', 'flax_model.msgpack', 'onnx/model.onnx')).toEqual(
      [],
    )
  })

  it('loses no file and counts none twice', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ minLength: 1 }).map((name) => file(`${name}.gguf`)),
          { maxLength: 20 },
        ),
        (files) => {
          const { variants, projectors, companions, other } = groupVariants(files)
          const all = [...variants.flatMap((variant) => variant.files), ...projectors, ...companions, ...other]
          expect(all).toHaveLength(files.length)
        },
      ),
    )
  })
})
