const MAX_LENGTH = 400
// Control characters, zero-width marks and the bidi overrides that can make a name read backwards.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]/gu

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

/** Text that came from a file: control and bidi characters made visible, length clipped. It is never markup. */
export function foreignText(text: string, maxLength = MAX_LENGTH): string {
  const clipped = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
  return clipped.replace(INVISIBLE, visible)
}
