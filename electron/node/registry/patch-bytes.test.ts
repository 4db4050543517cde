import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyTextEdits, type TextEdit } from '#shared/registry/text-edit'
import { encodeText, hashOf } from '../files/read-text'
import { patchBytes } from './patch-bytes'
import { parseLayer } from './read-registry'

const stat = { kind: 'file', size: 0, mtimeMs: 0, mode: 0o644, uid: 0, gid: 0, inode: 0 } as const

function layerOf(text: string, hasBom: boolean) {
  const bytes = encodeText({ text, hasBom })
  const parsed = parseLayer({ text, hasBom, hash: hashOf(bytes), stat }, 'snapshot', '/r/one.json')
  if (!parsed.ok) throw new Error(parsed.error.message)
  return { ...parsed.value, bytes }
}

/** Edits between whole characters that do not overlap. */
const editsOf = (text: string) =>
  fc
    .array(fc.tuple(fc.nat(text.length), fc.nat(8), fc.string({ unit: 'grapheme' })), { maxLength: 5 })
    .map((wanted) => {
      const edits: TextEdit[] = []
      let from = 0
      for (const [at, length, inserted] of wanted.toSorted((left, right) => left[0] - right[0])) {
        const offset = wholeAt(text, Math.max(at, from))
        const end = wholeAt(text, Math.min(text.length, offset + length))
        edits.push({ offset, length: end - offset, text: inserted })
        from = end
      }
      return edits
    })

function wholeAt(text: string, offset: number): number {
  const code = text.charCodeAt(offset)
  return code >= 0xdc00 && code <= 0xdfff ? offset + 1 : offset
}

describe('patchBytes', () => {
  it('gives the bytes of the edited text, with and without a byte order mark, in any script', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((value) => JSON.stringify([{ name: value }, 'ascii']))
    const cases = text.chain((one) => fc.tuple(fc.constant(one), editsOf(one), fc.boolean()))
    fc.assert(
      fc.property(cases, ([one, edits, hasBom]) => {
        const expected = encodeText({ text: applyTextEdits(one, edits), hasBom })
        const patched = patchBytes(layerOf(one, hasBom), edits, 'not looked at')
        expect(Buffer.from(patched).equals(expected)).toBe(true)
      }),
    )
  })

  it('encodes the text of a layer whose bytes were not kept', () => {
    const { bytes: _bytes, ...layer } = layerOf('["é"]', true)
    expect(Buffer.from(patchBytes(layer, [], '["ü"]')).toString('utf8')).toBe('\uFEFF["ü"]')
  })
})
