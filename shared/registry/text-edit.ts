/** Replacement of one span of a text. Offsets are UTF-16 code units. */
export interface TextEdit {
  readonly offset: number
  readonly length: number
  readonly text: string
}

export interface Span {
  readonly start: number
  readonly end: number
}

/** Applies edits that do not overlap; edits at one offset keep their order. Everything else stays byte for byte. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = edits
    .map((edit, order) => ({ edit, order }))
    .sort((left, right) => left.edit.offset - right.edit.offset || left.order - right.order)
  const parts: string[] = []
  let offset = 0
  for (const { edit } of ordered) {
    if (edit.offset < offset) throw new Error('text edits overlap')
    parts.push(text.slice(offset, edit.offset), edit.text)
    offset = edit.offset + edit.length
  }
  // joined at once: a concatenation would be flattened, as a second copy, at the first look into it
  parts.push(text.slice(offset))
  return parts.join('')
}

const BLOCK = 16_384

/** One edit that turns one text into the other (common start and end stay), or nothing when they are equal. */
export function singleEdit(before: string, after: string): TextEdit | undefined {
  if (before === after) return undefined
  const shorter = Math.min(before.length, after.length)
  let start = 0
  // whole blocks first: comparing slices is much faster than comparing characters
  while (start + BLOCK <= shorter && before.slice(start, start + BLOCK) === after.slice(start, start + BLOCK))
    start += BLOCK
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1
  const most = shorter - start
  const blockFromEnd = (text: string, done: number): string =>
    text.slice(text.length - done - BLOCK, text.length - done)
  let end = 0
  while (end + BLOCK <= most && blockFromEnd(before, end) === blockFromEnd(after, end)) end += BLOCK
  while (end < most && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)) end += 1
  return { offset: start, length: before.length - start - end, text: after.slice(start, after.length - end) }
}

/** Where spans stand after edits, none of which crosses the border of a span. Both are in the order of the text. */
export function shiftSpans(spans: readonly Span[], edits: readonly TextEdit[]): Span[] {
  const ordered = [...edits].sort((left, right) => left.offset - right.offset)
  let shift = 0
  let next = 0
  const shiftBefore = (offset: number): number => {
    for (; next < ordered.length; next += 1) {
      const edit = ordered[next]
      // an edit that starts where a row starts lies inside of it, one that starts where it ends lies outside
      if (!edit || edit.offset >= offset) break
      shift += edit.text.length - edit.length
    }
    return shift
  }
  return spans.map(({ start, end }) => ({ start: start + shiftBefore(start), end: end + shiftBefore(end) }))
}
