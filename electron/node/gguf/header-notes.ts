import { ReadFault } from '../library/read-fault'
import { ggufLimits } from './limits'

/** What one header read collects besides its values: warnings (bounded) and how much text is being kept. */
export class HeaderNotes {
  private readonly list: string[] = []
  private suppressed = 0
  private keptBytes = 0

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
