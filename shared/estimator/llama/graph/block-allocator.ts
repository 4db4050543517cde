/** A hole in the buffer. */
interface FreeBlock {
  offset: number
  size: number
}

/**
 * ggml's dynamic allocator, as far as sizes go: best fit among the holes, else at the end; neighbours merge when freed.
 * Source: `ggml-alloc.c` (`ggml_dyn_tallocr_*`), llama.cpp b10256. Sizes are bytes.
 */
export class BlockAllocator {
  readonly #alignment: number
  /** Sorted by address; the last one is the endless rest of the buffer. */
  readonly #free: FreeBlock[] = [{ offset: 0, size: Number.MAX_SAFE_INTEGER }]
  #highWater = 0

  constructor(alignment: number) {
    this.#alignment = alignment
  }

  get highWater(): number {
    return this.#highWater
  }

  align(size: number): number {
    return Math.ceil(size / this.#alignment) * this.#alignment
  }

  allocate(bytes: number): number {
    const size = this.align(bytes)
    let best = -1
    let bestSize = Number.POSITIVE_INFINITY
    const last = this.#free.length - 1
    for (let index = 0; index < last; index += 1) {
      const block = this.#free[index]
      if (block !== undefined && block.size >= size && block.size <= bestSize) {
        best = index
        bestSize = block.size
      }
    }
    const index = best === -1 ? last : best
    const block = this.#free[index]
    if (block === undefined) throw new Error('The rest of the buffer is never used up.')
    const offset = block.offset
    block.offset += size
    block.size -= size
    if (block.size === 0) this.#free.splice(index, 1)
    this.#highWater = Math.max(this.#highWater, offset + size)
    return offset
  }

  release(offset: number, bytes: number): void {
    const size = this.align(bytes)
    if (size === 0) return
    let index = 0
    while (index < this.#free.length && (this.#free[index]?.offset ?? 0) <= offset) index += 1
    const before = this.#free[index - 1]
    const after = this.#free[index]
    const joinsBefore = before !== undefined && before.offset + before.size === offset
    const joinsAfter = after !== undefined && offset + size === after.offset
    if (joinsBefore) {
      before.size += size
      if (joinsAfter) {
        before.size += after.size
        this.#free.splice(index, 1)
      }
    } else if (joinsAfter) {
      after.offset = offset
      after.size += size
    } else {
      this.#free.splice(index, 0, { offset, size })
    }
  }
}
