/** Control, format (direction marks, zero width), line and paragraph separators, lone surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** Text of a foreign file as text: what cannot be seen, or would act on a terminal, stands as `\u{...}`. */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** The same for text of our own that has lines and may quote foreign words: the lines stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n')
}
