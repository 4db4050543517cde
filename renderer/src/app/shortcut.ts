/** A key press as the registry needs it; a DOM KeyboardEvent is one. */
export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

/**
 * Does a key press mean this shortcut? `Mod` is Cmd on macOS, Ctrl elsewhere. Letters compare without case; every
 * modifier must match, so `Mod+K` is not `Mod+Shift+K`.
 */
export function matchesShortcut(press: KeyPress, shortcut: string, isMac: boolean): boolean {
  const parts = shortcut.split('+')
  const key = parts.at(-1) ?? ''
  const has = (name: string) => parts.slice(0, -1).includes(name)
  const mod = isMac ? press.metaKey : press.ctrlKey
  const other = isMac ? press.ctrlKey : press.metaKey
  return (
    press.key.toLowerCase() === key.toLowerCase() &&
    mod === has('Mod') &&
    !other &&
    press.shiftKey === has('Shift') &&
    press.altKey === has('Alt')
  )
}

/** `Mod+Shift+P` as people write it: `Ctrl Shift P`, `⇧⌘P`. */
export function shortcutWords(shortcut: string, isMac: boolean): string {
  const parts = shortcut.split('+')
  if (!isMac) return parts.map((part) => (part === 'Mod' ? 'Ctrl' : part)).join(' ')
  const glyphs: Readonly<Record<string, string>> = { Mod: '⌘', Shift: '⇧', Alt: '⌥' }
  return parts.map((part) => glyphs[part] ?? part).join('')
}

export function isMacPlatform(): boolean {
  return /mac/i.test(navigator.platform)
}
