import { ReadFault } from '../library/read-fault'
import { ggufLimits } from './limits'

/** An array that was stepped over because it is large; offsets from the start of the file. */
export interface SkippedArray {
  readonly key: string
  /** Where its item count stands. */
  readonly countAt: number
  readonly itemsAt: number
  readonly end: number
  readonly count: number
}

/** Smaller arrays cost nobody anything. */
const LARGE_ARRAY_BYTES = 64 * 1024

/** What one header read collects besides its values: warnings (bounded) and how much text is being kept. */
export class HeaderNotes {
  private readonly list: string[] = []
  private suppressed = 0
  private keptBytes = 0
  /** Keys of which no value was kept although there is one: too long, not exact, not finite. */
  readonly leftOut = new Set<string>()
  readonly skippedArrays: SkippedArray[] = []
  /** Texts and items that were stepped over or read, in all arrays together. */
  arrayTexts = 0
  longestArray = 0
  /** Bytes of the longest text, or kept list of texts. */
  longestText = 0
  hasDuplicateKeys = false
  hasByteOrderMarks = false

  skip(array: SkippedArray): void {
    if (array.end - array.itemsAt >= LARGE_ARRAY_BYTES) this.skippedArrays.push(array)
  }

  text(text: string): string {
    this.hasByteOrderMarks ||= text.startsWith('\ufeff')
    return text
  }

  warn(message: string): void {
    if (this.list.length < ggufLimits.warnings) this.list.push(message)
    else this.suppressed += 1
  }

  keep(bytes: number, offset: number): void {
    this.keptBytes += bytes
    if (this.keptBytes > ggufLimits.keptBytes) {
      throw new ReadFault('LIMIT', `The header holds more than ${ggufLimits.keptBytes} bytes of names and texts.`, {
        offset,
        hint: 'No known model has such a header; the file is damaged or made to harm.',
      })
    }
  }

  get warnings(): readonly string[] {
    return this.suppressed === 0 ? this.list : [...this.list, `${this.suppressed} more warnings of this kind.`]
  }
}
