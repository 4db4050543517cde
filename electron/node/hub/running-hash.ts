import { type Hash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { type ExpectedContent, hashFor, isExpected, methodOf, type Verification } from './verify-file'

const READ_BYTES = 2 ** 20

/**
 * Hashes a part file while it grows: it reads behind the front, up to which every byte is written, so that little is
 * left to read when the last byte arrives. What is hashed is what the file gives back, not what was meant to be written.
 */
export class RunningHash {
  private hash: Hash | undefined
  private file: FileHandle | undefined
  private readonly buffer: Buffer
  private hashedBytes = 0
  private front = 0
  private reading: Promise<void> | undefined
  private fault: unknown
  private isClosed = false

  constructor(
    private readonly path: string,
    private readonly expected: ExpectedContent,
    private readonly onBytes: (hashedBytes: number) => void = () => undefined,
  ) {
    this.hash = hashFor(expected)
    this.buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, Math.max(1, expected.bytes)))
  }

  get doneBytes(): number {
    return this.hashedBytes
  }

  /** Everything before `front` is written. A front that goes back means: all of it is written anew. */
  advance(front: number): void {
    if (front < this.front) this.begin()
    this.front = front
    const isDone = this.hash === undefined || this.hashedBytes >= front
    if (isDone || this.fault !== undefined || this.isClosed) return
    this.reading ??= this.read()
  }

  /** Hashes the rest and compares. Throws system errors, and the reason of the signal. */
  async finish(signal: AbortSignal): Promise<Verification> {
    this.advance(this.expected.bytes)
    const onAbort = (): void => {
      this.isClosed = true
    }
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    await this.reading
    signal.removeEventListener('abort', onAbort)
    signal.throwIfAborted()
    if (this.fault !== undefined) throw this.fault
    if (this.hash === undefined) return 'size_only'
    if (this.hashedBytes !== this.expected.bytes) throw new Error('the hash does not cover the whole file')
    return isExpected(this.hash, this.expected) ? methodOf(this.expected) : 'wrong'
  }

  /** Whether the file that was hashed is still the one of that name. */
  async isSameFile(): Promise<boolean> {
    if (this.file === undefined) return false
    const [hashed, named] = [await this.file.stat({ bigint: true }), await stat(this.path, { bigint: true })]
    return hashed.ino === named.ino && hashed.dev === named.dev && hashed.size === named.size
  }

  async close(): Promise<void> {
    this.isClosed = true
    await this.reading
    await this.file?.close()
    this.file = undefined
  }

  private begin(): void {
    this.hash = hashFor(this.expected)
    this.hashedBytes = 0
  }

  /** Ends, and says so, in the same moment in which it finds nothing more to read: no front can come in between. */
  private async read(): Promise<void> {
    try {
      await null // the promise of this run must be known before it can end
      this.file ??= await open(this.path, 'r')
      while (this.hashedBytes < this.front && !this.isClosed) await this.step(this.file)
    } catch (error) {
      this.fault = error
    } finally {
      this.reading = undefined
    }
  }

  private async step(file: FileHandle): Promise<void> {
    const { hash, hashedBytes: position } = this
    const wanted = Math.min(this.buffer.length, this.front - position)
    const { bytesRead } = await file.read(this.buffer, 0, wanted, position)
    // Begun anew while it was read: these bytes are of the version before.
    if (hash !== this.hash || position !== this.hashedBytes) return
    if (bytesRead === 0) throw Object.assign(new Error('the part file is shorter than it was'), { code: 'EIO' })
    hash?.update(this.buffer.subarray(0, bytesRead))
    this.hashedBytes += bytesRead
    this.onBytes(this.hashedBytes)
  }
}
