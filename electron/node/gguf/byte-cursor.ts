import { ReadFault } from '../library/read-fault'
import { type ByteSource } from './byte-source'

const WINDOW_BYTES = 256 * 1024
/** Read size where nothing is known about what follows: what is read in vain stays small. */
const SMALL_READ_BYTES = 32 * 1024
/** No length above this is plausible (llama.cpp's own limit for strings and arrays): a lie, not a cut file. */
export const MAX_PLAUSIBLE_LENGTH = 2 ** 30

/** One window for all calls: reading is synchronous, so two headers are never read at once in one thread. */
const sharedWindow = Buffer.allocUnsafeSlow(WINDOW_BYTES)

export interface CursorLimits {
  /** No byte beyond this offset is read, whatever the file claims. */
  readonly headerBytes: number
}

/**
 * Reads forward through a file by a sliding window. Every read is checked against the end of the file (TRUNCATED) and
 * the header ceiling (LIMIT) before it happens, so a lying length costs nothing.
 */
export class ByteCursor {
  littleEndian = true
  private readonly window = sharedWindow
  private readonly view = new DataView(sharedWindow.buffer, sharedWindow.byteOffset, WINDOW_BYTES)
  private windowStart = 0
  private filled = 0
  /** Index into the window; beyond `filled` after a skip. */
  private at = 0

  constructor(
    private readonly source: ByteSource,
    private readonly limits: CursorLimits,
  ) {}

  get position(): number {
    return this.windowStart + this.at
  }

  /** Bytes between here and the end of the file. */
  get left(): number {
    return this.source.bytes - this.position
  }

  get fileBytes(): number {
    return this.source.bytes
  }

  u8(): number {
    this.need(1)
    return this.view.getUint8(this.at++)
  }

  i8(): number {
    this.need(1)
    return this.view.getInt8(this.at++)
  }

  u16(): number {
    this.need(2)
    return this.view.getUint16(this.advance(2), this.littleEndian)
  }

  i16(): number {
    this.need(2)
    return this.view.getInt16(this.advance(2), this.littleEndian)
  }

  u32(): number {
    this.need(4)
    return this.view.getUint32(this.advance(4), this.littleEndian)
  }

  i32(): number {
    this.need(4)
    return this.view.getInt32(this.advance(4), this.littleEndian)
  }

  f32(): number {
    this.need(4)
    return this.view.getFloat32(this.advance(4), this.littleEndian)
  }

  f64(): number {
    this.need(8)
    return this.view.getFloat64(this.advance(8), this.littleEndian)
  }

  u64(): bigint {
    this.need(8)
    return this.view.getBigUint64(this.advance(8), this.littleEndian)
  }

  i64(): bigint {
    this.need(8)
    return this.view.getBigInt64(this.advance(8), this.littleEndian)
  }

  /** A count or length of `width` bytes; one beyond 2^53 can only be a lie (BAD_LENGTH). */
  size(width: 4 | 8, what: string): number {
    const offset = this.position
    if (width === 4) return this.u32()
    const value = this.u64()
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badLength(`${what} is ${value}`, offset)
    return Number(value)
  }

  /** Text of `bytes` bytes; what is not UTF-8 becomes U+FFFD. The caller has bounded `bytes`. */
  text(bytes: number): string {
    if (bytes <= WINDOW_BYTES) {
      this.need(bytes)
      const start = this.advance(bytes)
      return this.window.toString('utf8', start, start + bytes)
    }
    this.checkRange(bytes)
    const whole = Buffer.allocUnsafe(bytes)
    this.source.read(whole, this.position, bytes)
    this.skip(bytes)
    return whole.toString('utf8')
  }

  /** So many bytes must still follow in the file; checked before work that depends on a claimed count. */
  requireAhead(bytes: number): void {
    this.checkRange(bytes)
  }

  /** Steps over bytes without reading them. */
  skip(bytes: number): void {
    this.checkRange(bytes)
    this.at += bytes
  }

  /**
   * Steps over `count` length-prefixed strings without making one: the hot loop of every real header
   * (hundreds of thousands of vocabulary entries and merges).
   */
  skipStrings(count: number, width: 4 | 8): void {
    let left = count
    while (left > 0) {
      this.need(width, left * width)
      const before = this.at
      left = width === 8 && this.littleEndian ? this.stepOver64(left) : this.stepOverAny(left, width)
      // A length that ends the header early shows here, at most one window later.
      if (this.at > this.filled) this.checkRange(0)
      if (this.at === before) throw badLength('A string length is beyond any file', this.position)
    }
  }

  private stepOver64(count: number): number {
    const { view } = this
    const last = this.filled - 8
    let { at } = this
    let left = count
    while (left > 0 && at <= last) {
      const length = view.getUint32(at, true)
      if (length > MAX_PLAUSIBLE_LENGTH || view.getUint32(at + 4, true) !== 0) break
      at += 8 + length
      left -= 1
    }
    this.at = at
    return left
  }

  private stepOverAny(count: number, width: 4 | 8): number {
    const low = this.littleEndian || width === 4 ? 0 : 4
    const last = this.filled - width
    let left = count
    while (left > 0 && this.at <= last) {
      const length = this.view.getUint32(this.at + low, this.littleEndian)
      const high = width === 8 ? this.view.getUint32(this.at + 4 - low, this.littleEndian) : 0
      if (high !== 0 || length > MAX_PLAUSIBLE_LENGTH) break
      this.at += width + length
      left -= 1
    }
    return left
  }

  /** The next `bytes` are in the window afterwards. `ahead`: bytes that are known to follow at least. */
  private need(bytes: number, ahead = bytes): void {
    if (this.at + bytes > this.filled) this.refill(bytes, ahead)
  }

  private advance(bytes: number): number {
    const start = this.at
    this.at += bytes
    return start
  }

  private refill(bytes: number, ahead: number): void {
    this.checkRange(bytes)
    const kept = Math.max(0, this.filled - this.at)
    if (kept > 0) this.window.copyWithin(0, this.at, this.filled)
    this.windowStart += this.at
    this.at = 0
    this.filled = kept
    const wanted = Math.min(WINDOW_BYTES, Math.max(bytes, ahead, SMALL_READ_BYTES), this.left)
    const into = this.window.subarray(kept, wanted)
    this.filled = kept + this.source.read(into, this.windowStart + kept, bytes - kept)
  }

  private checkRange(bytes: number): void {
    const end = this.position + bytes
    if (end > this.source.bytes) {
      throw new ReadFault('TRUNCATED', 'This file is cut short: its header goes on beyond the end of the file.', {
        offset: this.source.bytes,
        hint: 'The download did not finish. Download the file again.',
      })
    }
    if (end > this.limits.headerBytes) {
      throw new ReadFault('LIMIT', `The header is larger than ${this.limits.headerBytes} bytes.`, {
        offset: this.position,
        hint: 'No known model has such a header; the file is damaged or made to harm.',
      })
    }
  }
}

export function badLength(message: string, offset: number): ReadFault {
  return new ReadFault('BAD_LENGTH', `${message}, which no file can hold.`, {
    offset,
    hint: 'The file is damaged. Download it again.',
  })
}
