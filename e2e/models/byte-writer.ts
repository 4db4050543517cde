/** Growing buffer that writes numbers in one byte order; for model files made by tests. */
export class ByteWriter {
  private bytes = Buffer.alloc(4096)
  private used = 0

  constructor(private readonly littleEndian = true) {}

  get length(): number {
    return this.used
  }

  raw(data: Uint8Array): this {
    this.reserve(data.length)
    this.bytes.set(data, this.used)
    this.used += data.length
    return this
  }

  u8(value: number): this {
    return this.put(1, (view, at) => view.setUint8(at, value))
  }

  u16(value: number): this {
    return this.put(2, (view, at) => view.setUint16(at, value, this.littleEndian))
  }

  u32(value: number): this {
    return this.put(4, (view, at) => view.setUint32(at, value, this.littleEndian))
  }

  f32(value: number): this {
    return this.put(4, (view, at) => view.setFloat32(at, value, this.littleEndian))
  }

  f64(value: number): this {
    return this.put(8, (view, at) => view.setFloat64(at, value, this.littleEndian))
  }

  u64(value: number | bigint): this {
    return this.put(8, (view, at) => view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), this.littleEndian))
  }

  zeros(count: number): this {
    this.reserve(count)
    this.bytes.fill(0, this.used, this.used + count)
    this.used += count
    return this
  }

  finish(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.bytes, 0, this.used)
  }

  private put(count: number, write: (view: DataView, at: number) => void): this {
    this.reserve(count)
    write(new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length), this.used)
    this.used += count
    return this
  }

  private reserve(count: number): void {
    if (this.used + count <= this.bytes.length) return
    const larger = Buffer.alloc(Math.max(this.bytes.length * 2, this.used + count))
    larger.set(this.bytes)
    this.bytes = larger
  }
}
