import { isUtf8 } from 'node:buffer'
import { ReadFault } from '../library/read-fault'

const WINDOW_BYTES = 256 * 1024
export const damaged = 'The file is damaged. Download it again.'

/** Where the text comes from, piece by piece. */
export interface JsonText {
  /** Length in bytes. */
  readonly bytes: number
  /** Offset of the text in its file; errors count from the start of the file. */
  readonly offset: number
  /** Fills `into` from `position` in the text on, and returns how many bytes came: fewer only at the end. */
  read(into: Uint8Array, position: number): number
}

/** A window that moves forward over a JSON text in UTF-8, whole letters only, and keeps the token that is being read. */
export class JsonWindow {
  protected readonly window = Buffer.allocUnsafe(WINDOW_BYTES)
  /** Offset in the text of the first byte of the window. */
  protected base = 0
  protected at = 0
  /** Whole letters end here; up to three bytes of the next one may be loaded already. */
  protected filled = 0
  private loaded = 0
  /** Start of a token that is being collected. */
  protected kept = -1

  constructor(private readonly text: JsonText) {}

  /** Offset in the file. */
  protected get here(): number {
    return this.text.offset + this.base + this.at
  }

  protected bad(what: string): ReadFault {
    return new ReadFault('BAD_JSON', `This is not valid JSON: ${what}.`, { offset: this.here, hint: damaged })
  }

  /** The next byte that is no space, not taken; -1 at the end. */
  protected peek(): number {
    for (;;) {
      while (this.at < this.filled) {
        const byte = this.window[this.at] ?? 0
        if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte
        this.at += 1
      }
      if (!this.more()) return -1
    }
  }

  /** The byte here, also a space; -1 at the end. */
  protected byte(): number {
    return this.at < this.filled || this.more() ? (this.window[this.at] ?? 0) : -1
  }

  protected take(): number {
    const byte = this.byte()
    if (byte === -1) throw this.bad('it ends too early')
    this.at += 1
    return byte
  }

  /** The byte behind this one; -1 when the text ends before. */
  protected second(): number {
    if (this.at + 1 >= this.filled) this.more()
    return this.at + 1 < this.filled ? (this.window[this.at + 1] ?? 0) : -1
  }

  /** Loads what follows the window; false when nothing does. What is being collected stays. */
  protected more(): boolean {
    const position = this.base + this.loaded
    if (position >= this.text.bytes) return false
    const from = this.kept === -1 ? this.at : this.kept
    if (this.loaded - from >= WINDOW_BYTES - 4) {
      throw new ReadFault('BAD_LENGTH', 'A text is too long.', { offset: this.here, hint: damaged })
    }
    this.window.copyWithin(0, from, this.loaded)
    this.base += from
    this.at -= from
    this.filled -= from
    this.loaded -= from
    if (this.kept !== -1) this.kept = 0
    const room = Math.min(WINDOW_BYTES - this.loaded, this.text.bytes - position)
    const came = this.text.read(this.window.subarray(this.loaded, this.loaded + room), position)
    if (came < room) {
      throw new ReadFault('CHANGED_WHILE_READING', 'The file became shorter while it was being read.', {
        hint: 'Wait until the download or copy has finished, then try again.',
      })
    }
    this.loaded += came
    const end = position + came >= this.text.bytes ? this.loaded : lastLetterEnd(this.window, this.loaded)
    if (!isUtf8(this.window.subarray(this.filled, end))) {
      const offset = this.text.offset + this.base + this.filled
      throw new ReadFault('BAD_ENCODING', 'This file is not text in UTF-8.', { offset, hint: damaged })
    }
    this.filled = end
    return true
  }
}

/** `end`, or the start of a letter whose last bytes are not there yet. */
function lastLetterEnd(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= Math.min(3, end); back++) {
    const byte = bytes[end - back] ?? 0
    if (byte < 0x80) return end
    if (byte >= 0xc0) return byte >= 0xf0 || (byte >= 0xe0 && back < 3) || (byte < 0xe0 && back < 2) ? end - back : end
  }
  return end
}
