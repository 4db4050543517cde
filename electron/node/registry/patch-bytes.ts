import { type TextEdit } from '#shared/registry/text-edit'
import { encodeText } from '../files/read-text'
import { type LoadedLayer } from './read-registry'

const BOM_BYTES = 3

/**
 * Bytes of a file after text edits: what is not edited is copied from the bytes that were read, so a large file is not
 * encoded again. `text` is the edited text, for a layer whose bytes were not kept.
 */
export function patchBytes(old: LoadedLayer, edits: readonly TextEdit[], text: string): Uint8Array {
  const { bytes, hasBom } = old
  if (bytes === undefined) return encodeText({ text, hasBom })
  const before = hasBom ? BOM_BYTES : 0
  const isAscii = bytes.length - before === old.text.length
  const lengthOf = (from: number, to: number): number =>
    isAscii ? to - from : Buffer.byteLength(old.text.slice(from, to), 'utf8')
  const parts: Uint8Array[] = []
  let [done, copied] = [0, 0]
  let place = before
  for (const edit of inOrder(edits)) {
    place += lengthOf(done, edit.offset)
    parts.push(bytes.subarray(copied, place), Buffer.from(edit.text, 'utf8'))
    done = edit.offset + edit.length
    place += lengthOf(edit.offset, done)
    copied = place
  }
  parts.push(bytes.subarray(copied))
  return Buffer.concat(parts)
}

/** Edits at one offset keep their order, as in the text. */
function inOrder(edits: readonly TextEdit[]): readonly TextEdit[] {
  return [...edits].sort((left, right) => left.offset - right.offset)
}
