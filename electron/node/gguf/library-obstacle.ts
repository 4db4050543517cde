import { quoteForeign } from '../library/read-fault'
import { type GgufHeader } from './read-gguf-header'

/** `@huggingface/gguf` 0.4.6 keeps its counts under these names, beside the keys of the file, in a plain object. */
const TAKEN_KEYS = ['version', 'tensor_count', 'kv_count', '__proto__']
/** It holds at most 50 MB of a file, and asks for more when fewer than 500 kB are left. */
const MAX_HEADER_BYTES = 49_000_000
const MAX_ARRAY_LENGTH = 1_000_000
/** Texts in lists that are only counted. */
const MAX_TEXT_BYTES = 10_000_000
/** It has at least 500 kB at hand when it begins a value; of a longer text it may take what is there for the whole. */
const MAX_KEPT_TEXT_BYTES = 400_000
const MAX_DIMENSION = 2 ** 32
/** Ours: it makes a decoder for every text, which takes many seconds for millions; real models have a few hundred thousand. */
const MAX_TEXTS = 900_000

/** What in a good header `@huggingface/gguf` cannot read, or reads to other values; `undefined` when nothing is. */
export function libraryObstacle({
  scan,
  headerBytes,
  metadata,
  arrayLengths,
  tensors,
}: GgufHeader): string | undefined {
  const { notes } = scan
  if (scan.magic === 'FUGG') return 'the reversed magic of a big-endian file'
  if (notes.hasDuplicateKeys) return 'repeated keys'
  const taken = TAKEN_KEYS.find((key) => Object.hasOwn(metadata, key) || Object.hasOwn(arrayLengths, key))
  const leftOut = TAKEN_KEYS.find((key) => notes.leftOut.has(key))
  if (taken !== undefined || leftOut !== undefined) return `a key with the name ${quoteForeign(taken ?? leftOut ?? '')}`
  if (notes.hasByteOrderMarks) return 'a text that begins with a byte order mark'
  if (headerBytes > MAX_HEADER_BYTES) return `a header of ${headerBytes} bytes`
  if (notes.longestArray > MAX_ARRAY_LENGTH) return `a list of ${notes.longestArray} items`
  if (notes.arrayTexts > MAX_TEXTS) return `lists of ${notes.arrayTexts} texts`
  if (notes.longestText > MAX_KEPT_TEXT_BYTES) return `a text of ${notes.longestText} bytes`
  // Whether such a list holds one text that is too long is not known without reading it.
  const hasLongTexts = notes.skippedArrays.some(({ itemsAt, end, count }) => end - itemsAt - 8 * count > MAX_TEXT_BYTES)
  if (hasLongTexts) return 'very long texts'
  const isLarge = tensors.some(({ dims }) => dims.some((size) => size > MAX_DIMENSION))
  return isLarge ? 'a tensor with a dimension beyond 2^32' : undefined
}
