import { type PartFile } from '../files/part-file'

export const BATCH_BYTES = 2 ** 20

/** Gathers the small chunks of a connection, so that the disk gets few large writes. */
export class WriteBatch {
  private length = 0

  constructor(
    private readonly part: PartFile,
    private position: number,
    /** `BATCH_BYTES` long; lent by the transfer, which uses it again. */
    private readonly buffer: Buffer,
  ) {}

  get isFull(): boolean {
    return this.length === BATCH_BYTES
  }

  /** Copies what has room and gives the rest back. */
  take(chunk: Uint8Array): Uint8Array {
    const room = Math.min(chunk.length, BATCH_BYTES - this.length)
    this.buffer.set(chunk.subarray(0, room), this.length)
    this.length += room
    return chunk.subarray(room)
  }

  /** Writes what is there and gives its place in the file; an empty range when nothing was. Throws system errors. */
  async write(): Promise<readonly [start: number, end: number]> {
    const start = this.position
    const end = start + this.length
    if (this.length > 0) await this.part.write(this.buffer.subarray(0, this.length), start)
    this.position = end
    this.length = 0
    return [start, end]
  }
}
